"""Bare names of symbols (`GME`, without `$`) in a post, where they can mean nothing else."""

from __future__ import annotations

import re
from typing import Final

#: A word of three to five capitals that stands alone or before 's: no part of an address, a name of a subreddit or user,
#: a hashtag, an amount, or a longer name (`AT&T`, `BRK-B`, `S&P500`).
_BARE = re.compile(r"(?<![\w$#@&/\-'’=?%+])(?<!\w\.)[A-Z]{3,5}(?![\w&/@\-=%+]|\.\w|['’](?!s\b))", re.ASCII)
_LETTERS = re.compile(r"[A-Za-z]{2,}")

#: Words of three to five letters, many of them symbols of listed securities past or present, that people write in
#: capitals for something else. Extend it freely: a word too many costs a few posts, a word too few adds posts about
#: nothing.
_WORDS: Final = """
    ACT ADD AGE AGO AID AIM AIR ALL AND ANY APE APES APT ARC ARE ARM ART ASK ATE AWAY BACK BAD BAG BAN BAR BASE BAY
    BEAR BEAT BED BEEN BEST BET BIG BILL BIT BLUE BOAT BODY BOLD BOND BOOM BOOT BOSS BOX BOY BRO BUD BULL BURN BUS
    BUT BUY CAKE CALL CALLS CALM CAN CAP CAR CARE CARS CASE CASH CAT CHAD CHEF COIN COLD COOK COOL COST CUT DASH
    DATA DATE DAY DAYS DEAD DEAL DEEP DID DIE DIP DOG DOGE DONE DONT DOWN DUDE DUE DUMB DUMP EACH EAR EARN EASY EAT
    EDIT ELSE END EVER EVERY EVIL EYE EYES FACT FAIL FAIR FAN FAR FAST FAT FEAR FEE FEEL FEW FILL FIND FINE FIRE FIT
    FIVE FIX FLAT FLOW FLY FOR FORM FOUR FREE FROM FUEL FULL FUN FUND GAIN GAINS GAME GANG GAP GAS GATE GAVE GET
    GIFT GIVE GOAT GOD GOES GOLD GOOD GOT GREEN GROW GUT GUY GUYS HACK HAD HALF HALL HALT HAND HANDS HANG HARD HAS
    HAT HATE HAVE HEAR HEAT HELP HER HERE HERO HEY HIGH HIM HIS HIT HOLD HOLY HOME HOPE HOT HOUR HOW HUGE HUT ICE
    ICON IDEA INTO IRON ITS JACK JET JOB JOBS JOIN JUST KEEP KEY KEYS KID KILL KIND KING KNOW LAB LAKE LAND LARGE
    LAST LATE LAW LAZY LEAD LEAP LEFT LESS LET LIE LIFE LIKE LINE LINK LIST LIT LIVE LOAN LOCK LONG LOOK LORD LOSE
    LOSS LOST LOT LOTS LOUD LOVE LOW LUCK MAD MADE MAIN MAKE MAN MANY MARK MASS MAX MAY MEAN MEET MEME MEN MIND MINE
    MISS MOD MODS MOM MOON MORE MOST MOVE MUCH MUST NAIL NAME NEAR NEED NET NEVER NEW NEWS NEXT NICE NINE NONE NOPE
    NOT NOTE NOW NULL ODD OFF OIL OKAY OLD ONCE ONE ONLY ONTO OPEN OUR OUT OVER OWN PACK PAGE PAID PAIN PAPER PART
    PASS PAST PATH PAY PEAK PET PICK PIN PINK PLAN PLAY PLUG PLUS POLL POOL POOR POP POST POWER PRAY PRE PRO PUMP
    PURE PUSH PUT PUTS RACE RAIL RAIN RARE RATE READ REAL RED REST RICH RIDE RIG RIP RISE RISK ROAD ROCK ROLL ROOF
    ROOM ROOT ROPE RULE RUN RUSH SAD SAFE SAID SALE SALT SAME SAVE SAW SAY SEA SEAT SEE SEED SELF SELL SEND SHARE
    SHE SHIP SHOP SHORT SHOT SHOW SICK SIDE SIGN SIR SITE SIX SIZE SKIN SKY SLOW SNAP SNOW SOLD SOME SON SOON SORT
    SOS SOUL SPOT STAR STAY STEP STILL STOP SUCH SUN SURE TAIL TAKE TALK TAP TAX TEAM TECH TELL TEN TERM TEST THAN
    THANK THAT THE THEM THEN THERE THEY THIS TIME TIP TOLD TOO TOOK TOOL TOP TOUR TOWN TOY TRADE TREE TRIP TRUE
    TRUST TRY TURN TWO TYPE UGLY UNIT UPON USE USED VERY VOTE WAIT WALL WANT WAR WARM WAS WASH WAVE WAY WAYS WEAK
    WEEK WELL WENT WERE WEST WHAT WHEN WHO WHY WIDE WIFE WILD WILL WIN WIND WINE WING WISE WISH WITH WOLF WON WOOD
    WORD WORK WORLD WOW YEAH YEAR YES YET YOLO YOU YOUR ZERO ZONE
"""
#: Abbreviations of markets, institutions and the net, of the same kind.
_ABBREVIATIONS: Final = """
    AFAIK AMA API APR APY ATH ATL ATM BBQ BRB BTC BTFD BTW CBOE CFA CIA CNBC COD COVID CPA CPI CPU
    CSV CUZ DCF DFV DIY DJIA DOJ DOW DTE EBIT ECB EDT ELI EOD EOM EOW EOY EPA EPS ESG EST ETA ETC ETF ETFS ETH
    EUR FAQ FAQS FBI FCF FDA FDIC FED FFS FOMC FOMO FTC FTD FTX FUD FWIW FYI GAAP GBP GDP GIF GMT GPU GTFO HELOC HFT
    HODL HOF HSA HTML HTTP IDGAF IDK IIRC IKR ILY IMF IMHO IMO INC IPO IPOS IRA IRL IRS ITM IVR JFC JPOW JPY KYC
    LEAPS LFG LLC LMAO LMFAO LMK LOL LTD MACD MBA MIT MOASS MOFO NAFTA NASA NAV NBA NDA NFA NFL NFT NFTS NGL NGMI
    NHL NSFW NYC NYSE NYT OEM OMFG OMG OPEC OTC OTM PCE PDF PDT PHD PLS PLZ PMI PPI PPP PSA PST PTO QED QOQ REIT
    REITS ROFL ROI ROTH RSI RSU SEC SMA SMH SPAC SPACS STFU TBA TBD TBF TBH TIA TIL TLDR TOS TYSM UAE UBI UFO USA
    USD USDT UTC VAT VIP VPN VWAP WAGMI WSB WSJ WTF WTI WTO WWII YMMV YOY YTD YTM
"""
#: Titles of officers: C, the task, O.
_OFFICERS: Final = frozenset(f"C{task}O" for task in "EFIOT")
NOT_SYMBOLS: Final = frozenset(f"{_WORDS} {_ABBREVIATIONS}".split()) | _OFFICERS


def bare_symbols(text: str, known: frozenset[str]) -> tuple[str, ...]:
    """Known symbols that a text names without `$`, in order of first appearance.

    Use it where a platform has no cashtags by custom, as Reddit. It would rather miss a symbol than find one that is
    none: a name has three to five capitals, is among the known ones, is no word or abbreviation that people write in
    capitals (`NOT_SYMBOLS`), and stands in a text that is not shouted.

    Parameters
    ----------
    text
        The characters that a reader sees (`characters.readable`).
    known
        Canonical symbols of the market in question; none by default, so that only cashtags count.
    """
    if not known:
        return ()
    found = tuple(dict.fromkeys(word for word in _BARE.findall(text) if word in known and word not in NOT_SYMBOLS))
    return () if found and _is_shouted(text, known) else found


def _is_shouted(text: str, known: frozenset[str]) -> bool:
    """Whether words in capitals outnumber the others, names and abbreviations not counted."""
    words = _LETTERS.findall(text)
    capitals = [word for word in words if word.isupper()]
    shouted = sum(word not in known and word not in NOT_SYMBOLS for word in capitals)
    return shouted > len(words) - len(capitals)

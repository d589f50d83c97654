"""Words that tell a firm or a date: a small list of this package's own, for `emtract.text.neutral`.

The list holds what the cleaner leaves: it makes cashtags, users, links and numbers (prices, years, days) one token each already.
Terms are separated by commas and are read by the cleaner, as posts are. Ambiguous words are left out: `may`, `target`, `gap`.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

#: What is made neutral, in the order in which it is looked for.
Channel = Literal["names", "tickers", "products", "people", "events", "dates"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)

#: Channel -> its terms. `tickers` come from the store alone: a bare `aapl` is found where the posts name `$AAPL`.
TERMS: Final[dict[Channel, str]] = {
    "names": """
        apple, microsoft, google, alphabet inc, amazon, facebook, netflix, tesla, tesla motors, spacex, twitter,
        snapchat, linkedin, yahoo, alibaba, baidu, tencent, uber, lyft, airbnb, paypal, shopify, roku, zillow,
        groupon, zynga, pandora, spotify, palantir, coinbase, robinhood, gamestop, blackberry, nokia, intel,
        nvidia, qualcomm, broadcom, micron, cisco, oracle, salesforce, ibm, dell, hewlett packard, samsung,
        sony, foxconn, bank of america, jpmorgan, jp morgan, jpmorgan chase, goldman, goldman sachs, morgan
        stanley, citigroup, citibank, wells fargo, hsbc, barclays, deutsche bank, credit suisse, lehman, bear
        stearns, berkshire, berkshire hathaway, blackrock, mastercard, american express, amex, boeing, airbus,
        lockheed, lockheed martin, raytheon, general electric, honeywell, caterpillar, general motors, chrysler,
        toyota, honda, volkswagen, ferrari, american airlines, delta airlines, united airlines, southwest
        airlines, exxon, exxon mobil, exxonmobil, chevron, conocophillips, bp plc, petrobras, schlumberger,
        halliburton, walmart, wal - mart, costco, kroger, home depot, lowe's, macy's, sears, jc penney,
        jcpenney, nordstrom, starbucks, mcdonald's, mcdonalds, chipotle, yum brands, coca cola, coca - cola,
        coke, pepsi, pepsico, nike, adidas, under armour, lululemon, disney, comcast, verizon, at & t, t -
        mobile, sprint corp, pfizer, moderna, merck, johnson & johnson, j & j, novartis, gilead, amgen, celgene,
        valeant, theranos, biogen, abbvie, unitedhealth, cvs, walgreens, philip morris, altria, procter &
        gamble, p & g, unilever, monsanto, dupont, alcoa, agilent, nintendo, activision
    """,
    "tickers": "",
    "products": """
        iphone, iphones, ipad, ipads, ipod, macbook, imac, apple watch, iwatch, apple pay, app store, itunes,
        ios, siri, airpods, android, chromecast, youtube, gmail, google glass, windows phone, xbox, playstation,
        azure, kindle, echo dot, alexa, aws, prime day, instagram, whatsapp, oculus, periscope, model s, model
        x, model y, model <number>, cybertruck, autopilot, gigafactory, powerwall, geforce, ryzen, galaxy note,
        dreamliner, big mac, frappuccino, humira, keytruda, remdesivir, viagra, star wars
    """,
    "people": """
        elon, musk, elon musk, bezos, jeff bezos, zuckerberg, mark zuckerberg, zuck, tim cook, steve jobs, bill
        gates, nadella, ballmer, buffett, warren buffett, icahn, carl icahn, ackman, bill ackman, einhorn, david
        einhorn, cathie, cathie wood, chamath, shkreli, dimon, jamie dimon, jack ma, jack dorsey, marissa mayer,
        reed hastings, cramer, jim cramer, bernanke, yellen, janet yellen, jerome powell, powell, draghi, trump,
        donald trump, obama, biden, hillary, hillary clinton, bernie sanders, romney, putin, fauci
    """,
    "events": """
        covid, covid - <number>, covid19, coronavirus, corona virus, corona, pandemic, omicron, delta variant,
        ebola, zika, lockdown, lockdowns, brexit, grexit, trade war, fiscal cliff, debt ceiling, government
        shutdown, taper tantrum, impeachment, election day, presidential election, black friday, cyber monday,
        super bowl, superbowl, world cup, olympics, christmas, xmas, thanksgiving, halloween, new year's eve,
        stimulus check, stimulus checks, wwdc, ukraine, crimea, isis, greece
    """,
    "dates": """
        january, february, april, june, july, august, september, october, november, december, jan, feb, apr,
        jul, aug, sept, oct, nov, dec, jan <number>, feb <number>, mar <number>, march <number>, may <number>,
        jun <number>, sep <number>, q1, q2, q3, q4, 1q, 2q, 3q, 4q, first quarter, second quarter, third
        quarter, fourth quarter, fy14, fy15, fy16, fy17, fy18, fy19, fy20, fy21, fy22, fiscal <number>
    """,
}

#: Channel -> what stands in a term's place: the cleaner's own token, or a word that tells nothing. None stands in any term.
STAND_INS: Final[dict[Channel, str]] = {
    "names": "<ticker>",
    "tickers": "<ticker>",
    "products": "product",
    "people": "<user>",
    "events": "event",
    "dates": "date",
}

#: Words of every day and of feeling that are tickers or names of firms too; from a list of firms they are never taken alone.
ORDINARY: Final = frozenset(
    """
    all and any app apps are ball bank bar bear beat best big bill block blue bond boom box brand bull bulls
    burn but call calm can capital car care cars cash cat cheap city clean clear coach cool core cost crash cure
    dare data day days dead deal deep dirt dive dog done down drop dust eat edge energy eve ever express eye
    fact fair fast fear fell find fine first fit five fix fly focus food for free fresh fun fund gain game gap
    gas get global gold good grand great green group grow growth hall happy hard has hate have heart here high
    hit hold home hope hot hub huge ice ideal iron its joke joy jump just key kind king land laugh lead life
    lift light like limit live loan long loss love low luck mad main man many mark market master match max meet
    mind mine mobile money moon more most motion much net new news next nice now oil old once one open orange
    out over own pain panic pay peak pet pick pink play plus pm poor pop post power prime pro profit pump pure
    rage range rare raw ready real red rest rich ride rig right rise risk rock rocket root run sad safe sale
    sand save say see sell she shell ship shop short sick silver sing sky slow smart snap solid soon spark spot
    square star start stay steel stock stop strong sum sun super sure surge swan target team tech tell ten test
    than that the then tip tops total touch trade trend true trust turn two ugly union unit united unity
    universal upside use vale value very view visa vote wait walk wall war warm was watch wave way weak well
    west what who will win wind wing winner wise wish wolf won work world worse worth wow yes yet yield you zero
    zoom
    """.split()  # noqa: SIM905
)
#: Endings of a firm's registered name that posts leave out.
LEGAL: Final = frozenset(
    """
    inc incorporated corp corporation co company companies ltd limited plc llc lp sa nv ag se ab asa spa the
    holding holdings group trust de nj new md ny class com common stock international intl enterprises brands
    industries technologies
    """.split()  # noqa: SIM905
)

"""How known data are cited: the configuration names them with `cite`, and a replication package fills its README from here."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from emtract.errors import ConfigError


@dataclass(frozen=True)
class Citation:
    """What a reference list, and a statement about availability, say of a source of data.

    Attributes
    ----------
    short
        As a table names it: author and year.
    text
        Entry of the list of references.
    access
        Where it is, and under which licence; empty where only the authors know.
    """

    short: str
    text: str
    access: str = ""


#: Name -> citation; `cite` takes the name, and publishers' formats have theirs without it.
KNOWN: Final[dict[str, Citation]] = {
    "stocknet": Citation(
        "Xu and Cohen (2018)",
        'Xu, Yumo, and Shay B. Cohen. 2018. "Stock Movement Prediction from Tweets and Historical Prices." Proceedings of the '
        "56th Annual Meeting of the Association for Computational Linguistics (Volume 1: Long Papers), 1970-1979. "
        "https://doi.org/10.18653/v1/P18-1183. Data: https://github.com/yumoxu/stocknet-dataset.",
        "The archive lies at https://github.com/yumoxu/stocknet-dataset, free of charge, under the MIT licence.",
    ),
    "stockemotions": Citation(
        "Lee et al. (2023)",
        'Lee, Jean, Hoyoul Luis Youn, Josiah Poon, and Soyeon Caren Han. 2023. "StockEmotions: Discover Investor Emotions for '
        'Financial Sentiment Analysis and Multivariate Time Series." arXiv:2301.09279. '
        "Data: https://github.com/adlnlp/StockEmotions.",
        "The archive lies at https://github.com/adlnlp/StockEmotions, free of charge; its README allows use for research.",
    ),
    "emtract": Citation(
        "Vamossy and Skog (2021)",
        'Vamossy, Domonkos F., and Rolf Skog. "EmTract: Investor Emotions and Market Behavior." arXiv:2112.03868. '
        "Data: https://github.com/dvamossy/EmTract.",
        "The tagged messages lie at https://github.com/dvamossy/EmTract, free of charge, under the MIT licence.",
    ),
    "stocktwits": Citation("StockTwits", "StockTwits, Inc. Messages of StockTwits. https://stocktwits.com."),
    "twitter": Citation("Twitter/X", "X Corp. (formerly Twitter, Inc.). Posts of Twitter/X. https://x.com."),
    "reddit": Citation("Reddit", "Reddit, Inc. Submissions and comments of Reddit. https://www.reddit.com."),
    "telegram": Citation("Telegram", "Telegram. Messages of public channels. https://telegram.org."),
    "discord": Citation("Discord", "Discord Inc. Messages of Discord servers. https://discord.com."),
    "yahoo": Citation("Yahoo Finance", "Yahoo Finance. Daily historical prices. https://finance.yahoo.com."),
    "crsp": Citation("CRSP", "Center for Research in Security Prices (CRSP). Daily stock file, CIZ format."),
    "french": Citation(
        "French",
        "French, Kenneth R. Data Library. Tuck School of Business at Dartmouth. "
        "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/data_library.html.",
    ),
    "finra": Citation(
        "FINRA", "Financial Industry Regulatory Authority (FINRA). Equity Short Interest. https://www.finra.org."
    ),
    "sec_13f": Citation("SEC", "U.S. Securities and Exchange Commission. Form 13F Data Sets. https://www.sec.gov."),
    "ritter": Citation(
        "Ritter", "Ritter, Jay R. IPO Data. University of Florida. https://site.warrington.ufl.edu/ritter/ipo-data/."
    ),
}
#: Format of a file -> name in `KNOWN`.
OF_FORMAT: Final = {
    "twitter_v1": "twitter",
    "twitter_v2": "twitter",
    "twarc_csv": "twitter",
    "stocktwits": "stocktwits",
    "stocktwits_csv": "stocktwits",
    "reddit": "reddit",
    "telegram": "telegram",
    "discord": "discord",
    "yahoo_earnings": "yahoo",
    "crsp_ciz": "crsp",
    "french_factors": "french",
    "french_industries": "french",
    "finra_short_interest": "finra",
    "sec_13f": "sec_13f",
    "ritter_ipos": "ritter",
}


def find_citation(cite: str | None, form: str) -> Citation | None:
    """Return how a source is cited: as the configuration says, else as its format tells; None where neither does.

    A `cite` of several words is the entry of the list of references itself.
    """
    if cite is None:
        return KNOWN.get(OF_FORMAT.get(form, ""))
    return KNOWN.get(cite, Citation("as the authors cite it", cite))


def check_cite(cite: str) -> None:
    """Raise ConfigError where one word is no known archive: it is taken for a mistyped name, and not for a reference."""
    if " " in cite.strip() or cite in KNOWN:
        return
    near = difflib.get_close_matches(cite, KNOWN, n=1)
    known = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(KNOWN)}"
    raise ConfigError(f"cite = {cite!r} is no archive that emtract knows, and no reference of several words: {known}")

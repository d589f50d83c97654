"""What a data editor asks of each source: a statement about its availability, and how it is cited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.citations import OF_FORMAT, find_citation

if TYPE_CHECKING:
    from emtract.citations import Citation
    from emtract.pipeline.replicate.layout import Input

#: Format, or kind where a kind has one source -> heading, and what a replicator must know. Authors complete them.
STATEMENTS: Final[dict[str, tuple[str, str]]] = {
    "twitter": (
        "Posts of Twitter/X",
        "Posts were collected through the platform's API. Its developer terms allow the sharing of post ids, not of texts; "
        "a replicator fetches the posts by id with an API account, and posts that were deleted since are lost.",
    ),
    "stocktwits": (
        "Posts of StockTwits",
        "Messages were collected from StockTwits. Its terms do not allow redistribution; access is by agreement with the "
        "company or through a data vendor.",
    ),
    "reddit": (
        "Posts of Reddit",
        "Submissions and comments come from dumps of Pushshift or Arctic Shift; Reddit's terms govern their use.",
    ),
    "table": ("Posts of a table", "A table of posts that the authors hold."),
    "prices": (
        "Daily prices",
        "Open, high, low, close and volume of each symbol. Files of Yahoo Finance are for personal use under its terms; "
        "`emtract prices download` fetches them, save for firms that have been delisted since.",
    ),
    "crsp_ciz": (
        "CRSP daily stock file",
        "Center for Research in Security Prices, through WRDS or CRSP, under a subscription. It may not be redistributed.",
    ),
    "french_factors": ("Factor returns", "Kenneth R. French's data library, free of charge on his site."),
    "french_industries": ("Industry returns", "Kenneth R. French's data library, free of charge on his site."),
    "finra_short_interest": ("Short interest", "FINRA's files of equity short interest, free of charge on its site."),
    "sec_13f": (
        "Institutional holdings",
        "Form 13F data sets of the Securities and Exchange Commission, in the public domain. A list of CUSIPs beside them "
        "is under the licence of its provider.",
    ),
    "ritter_ipos": ("Founding dates of issuers", "Jay R. Ritter's IPO data, free of charge on his site."),
    "ipo_offers": (
        "Terms of offers",
        "Offer prices, filing ranges and underwriters, as the authors' provider has them.",
    ),
    "earnings": (
        "Earnings announcements",
        "Days, results and forecasts, such as from I/B/E/S under a subscription.",
    ),
    "yahoo_earnings": (
        "Earnings announcements",
        "Days and forecasts from Yahoo Finance, for personal use under its terms.",
    ),
    "classification": ("Classes of firms", "A table of symbols and their classes, as the authors' provider has it."),
    "characteristics": ("Characteristics of firms", "A table of numbers of firms with the day each became public."),
    "bars": ("Intraday prices", "Bars of prices within sessions, as the authors' provider has them."),
    "series": (
        "Dated series",
        "A table of values by day, such as an index of volatility, as the authors' provider has it.",
    ),
}


def statement(kind: str, format: str) -> tuple[str, str]:  # noqa: A002
    """Return heading and statement of an input."""
    if kind == "prices":
        return STATEMENTS["prices"]
    if kind == "posts":
        family = OF_FORMAT.get(format, "table")
        return STATEMENTS[family if family in STATEMENTS else "table"]
    return STATEMENTS[format]


def cited_as(one: Input) -> Citation | None:
    """Return how an input is cited; None where neither its source in the configuration nor its format says it."""
    return find_citation(one.entry.source.cite, "" if one.entry.kind == "beside" else one.format)

"""What docs/market_files.md shows of real files; `EMTRACT_DATA=... python -m tests.market_files` fills its tables anew."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill
from typing import TYPE_CHECKING

import polars as pl

from emtract.config import load_settings
from emtract.ingest.market.french import read_french_sic
from emtract.options import PanelOptions
from emtract.panel.first_days import IpoFirstDays
from emtract.pipeline import ingest, open_store
from emtract.schema import MARKET_TABLES
from tests.markdown import filled, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtract.panel.frame import Sample
    from emtract.store import Store

PAGE = Path(__file__).parent.parent / "docs/market_files.md"
#: Column of a table that says which days a file covers.
_DAYS = {
    "prices": "session", "characteristics": "available", "classifications": "first", "series": "session",
    "observations": "session", "ipos": "offer_date", "announcements": "announced_on", "delistings": "session",
    "bars": "begins::DATE",
}  # fmt: skip
_FATES = """WITH held AS ({held}),
kept AS (SELECT source_id, count(*) AS stored, min(day) AS first, max(day) AS last FROM held GROUP BY source_id),
lost AS (
    SELECT source_id, reason || if(contains(detail, 'left empty'), ' (cell left empty)', '') AS why, count(*) AS n
    FROM quarantine GROUP BY ALL
),
told AS (
    SELECT source_id, string_agg(format('{{:,}} ', n) || why, ', ' ORDER BY n DESC, why) AS why FROM lost GROUP BY source_id
)
SELECT s.path, s.rows_read, coalesce(k.stored, 0) AS stored, coalesce(t.why, '') AS why, k.first, k.last
FROM sources AS s LEFT JOIN kept AS k USING (source_id) LEFT JOIN told AS t USING (source_id)
ORDER BY s.path"""
_REVISIONS = """WITH told AS (
    SELECT s.name, s.session, s.value, left(split_part(f.path, '/', -1), 4) AS vintage
    FROM series AS s JOIN sources AS f USING (source_id) WHERE f.path NOT LIKE '%5_Factors%'
)
SELECT name, o.session, 1e4 * (n.value - o.value) AS moved
FROM told AS o JOIN told AS n USING (name, session)
WHERE o.vintage = '2019' AND n.vintage = '2024'
ORDER BY name, session"""
_VIX = "DATE,OPEN,HIGH,LOW,CLOSE\n03/13/2020,71.310,77.570,55.170,57.830\n03/16/2020,57.830,83.560,57.830,82.690\n"


def configurations(text: str) -> tuple[str, str, str]:
    """The configurations that the page shows: of all files, of a dated series and of bars, and of the first days of offers."""
    parts = re.split(r"^## (?=Any dated|First days)", text, flags=re.MULTILINE)
    files, series, ipos = ("\n".join(re.findall(r"```toml\n(.*?)```", part, flags=re.DOTALL)) for part in parts)
    return files, series, ipos


def prepare(folder: Path, data: Path) -> Path:
    """Lay out the files as the page names them: a link to the data, a copy, and small tables of one's own."""
    market = data / "market"
    (folder / "market").symlink_to(market)
    shutil.copy(market / "ipo/offers_first_day_2003-2017.csv", folder / "first_days.csv")
    (folder / "sic.csv").write_text("symbol,sic\nAAPL,3571\nMSFT,7372\nJPM,6021\nKO,2080\nAAL,4512\n")
    (folder / "cusips.csv").write_text("cusip,symbol\n69608A108,PLTR\n")
    (folder / "VIX_History.csv").write_text(_VIX)
    (folder / "bars").mkdir()
    (folder / "bars/SPY.csv").write_text("time,open,close\n2020-03-16 09:30:00,241.18,243.5\n")
    sample = market / "sec/form13f_sample"
    numbers = pl.read_csv(sample / "INFOTABLE.tsv", separator="\t", infer_schema=False)["ACCESSION_NUMBER"]
    filings = ["ACCESSION_NUMBER\tFILING_DATE\tSUBMISSIONTYPE\tCIK\tPERIODOFREPORT"]
    filings += [f"{a}\t14-AUG-2025\t13F-HR\t{a[:10]}\t30-JUN-2025" for a in numbers.unique(maintain_order=True)]
    with zipfile.ZipFile(folder / "form13f.zip", "w") as archive:
        archive.writestr("SUBMISSION.tsv", "\n".join(filings) + "\n")
        for name in ("COVERPAGE.tsv", "INFOTABLE.tsv"):
            archive.write(sample / name, name)
    return folder


@contextmanager
def stored(folder: Path, configuration: str, name: str) -> Iterator[Store]:
    """A store of the files that a configuration names, ingested as a user does."""
    path = folder / f"{name}.toml"
    path.write_text(f'[store]\npath = "{name}.duckdb"\n{configuration}')
    settings = load_settings(path)
    with open_store(settings) as store:
        ingest(settings, store, workers=1)
        store.check()
        yield store


def fates(store: Store) -> pl.DataFrame:
    """One row a file: path, rows_read, stored, why (what was kept out or left empty), first, last."""
    names = ("prices", *(contract.name for contract in MARKET_TABLES))
    held = " UNION ALL ".join(f"SELECT source_id, {_DAYS[name]} AS day FROM {name}" for name in names)
    return store.sql(_FATES.format(held=held))


def file_table(store: Store) -> str:
    """What became of the rows of each file; those of one folder of prices together."""
    rows = fates(store)
    many = rows["path"].str.starts_with("market/prices/")
    prices = rows.filter(many)
    whole = (f"market/prices/ ({prices.height} files)", prices["rows_read"].sum(), prices["stored"].sum(),
             ", ".join(filter(None, prices["why"])), prices["first"].min(), prices["last"].max())  # fmt: skip
    told = [*rows.filter(~many).rows(), whole]
    cells = [
        (name.removeprefix("market/"), f"{n:,}", f"{kept:,}", why or "none", f"{first} to {last}" if first else "")
        for name, n, kept, why, first, last in sorted(told)
    ]
    return table(("file", "rows in it", "rows stored", "in the quarantine", "days"), cells)


def revisions(store: Store) -> pl.DataFrame:
    """Days of both vintages of each factor: name, session, moved (newer less older, basis points)."""
    return store.sql(_REVISIONS)


def revision_table(store: Store) -> str:
    """How the newer vintage of the factors differs from the older."""
    cells = []
    for (name,), mine in revisions(store).group_by("name", maintain_order=True):
        moved = mine.filter(pl.col("moved").abs() > 1e-6).sort(
            pl.col("moved").abs(), "session", descending=[True, False]
        )
        share = f"{moved.height:,} ({moved.height / mine.height:.1%})"
        size = f"{moved['moved'].abs().mean():.2f}" if moved.height else ""
        largest = f"{moved['moved'][0]:+.1f} on {moved['session'][0]}" if moved.height else ""
        cells.append((f"`{name}`", f"{mine.height:,}", share, size, largest))
    return table(("factor", "days in both", "days that differ", "mean size", "largest"), cells)


def first_days(store: Store) -> Sample:
    """The first days of the offers, by the rules of the IPO study."""
    return IpoFirstDays().build(store, PanelOptions())


def yearly(data: pl.DataFrame) -> pl.DataFrame:
    """One row a year, in per cent: offers, mean, median; number and mean of offers on Ritter's list (on_list, listed)."""
    percent = 100 * pl.col("first_return")
    listed = data.filter(pl.col("founded").is_not_null()).group_by("year")
    whole = data.group_by("year").agg(
        pl.len().alias("offers"), percent.mean().alias("mean"), percent.median().alias("median")
    )
    return whole.join(listed.agg(pl.len().alias("on_list"), percent.mean().alias("listed")), on="year").sort("year")


def year_table(years: pl.DataFrame) -> str:
    """Offers and mean first-day returns by year."""
    cells = [
        (y, n, f"{mean:.1f}", f"{median:.1f}", k, f"{listed:.1f}") for y, n, mean, median, k, listed in years.rows()
    ]
    return table(("year", "offers", "mean", "median", "on Ritter's list", "mean"), cells)


def compared(years: pl.DataFrame) -> str:
    """How the yearly means compare with each other, in a sentence each."""
    hot = years.filter(pl.col("listed") > years["listed"].mean())["year"].to_list()
    low, high = years.sort("listed").select("year", "listed").rows()[:: years.height - 1]
    sentences = (
        f"Of {years.height} years {len(hot)} ({len(hot) / years.height:.0%}) are hot, with a mean of the offers on Ritter's list",
        f"above the mean of the yearly means: {', '.join(map(str, hot))}. The coldest is {low[0]} with {low[1]:.1f},",
        f"the hottest {high[0]} with {high[1]:.1f} per cent.",
    )
    return fill(" ".join(sentences), 138)


def group_tables(data: pl.DataFrame) -> tuple[str, str]:
    """First-day return by age of the firm at the offer, and by exchange."""
    age, told = pl.col("year") - pl.col("founded"), pl.col("exchange").str.to_lowercase()
    ages = {
        "0 to 5 years": age.is_between(0, 5),
        "6 to 10": age.is_between(6, 10),
        "11 to 20": age.is_between(11, 20),
        "21 and more": age > 20,
        "not told": age.is_null() | (age < 0),
    }
    exchanges = {
        "Nasdaq": told.str.contains("nasdaq"),
        "NYSE": told.is_in(["nyse", "new york stock exchange"]),
        "American (AMEX, NYSE MKT)": told.is_in(["american stock exchange", "nyse mkt"]),
        "over the counter": told.str.contains("otc"),
        "not told": told.is_null(),
    }
    return _groups(data, "age at the offer", ages), _groups(data, "exchange", exchanges)


def _groups(data: pl.DataFrame, name: str, rules: dict[str, pl.Expr]) -> str:
    parts = [(group, 100 * data.filter(rule)["first_return"]) for group, rule in rules.items()]
    cells = [(group, f"{r.len():,}", f"{r.mean():.1f}", f"{r.median():.1f}") for group, r in parts if r.len()]
    assert sum(r.len() for _, r in parts) == data.height
    return table((name, "offers", "mean, %", "median, %"), cells)


def blocks(folder: Path, text: str) -> dict[str, str]:
    """What stands between the marks of the page, by their names; `folder` is as `prepare` leaves it."""
    files, _, ipos = configurations(text)
    with stored(folder, files, "market") as store:
        found = {"files": file_table(store), "revisions": revision_table(store)}
    industries = read_french_sic(folder / "market/french/Siccodes48.txt")
    found["industries"] = (
        "`Siccodes48.txt` is an option of a table of codes, and no file of rows: it defines "
        f"{len(industries.names)} industries by {len(industries.ranges)} ranges."
    )
    with stored(folder, ipos, "ipos") as store:
        sample = first_days(store)
    steps = [(step.name, f"{step.rows_out:,}", f"{step.dropped:,}") for step in sample.ledger.steps]
    years, (ages, exchanges) = yearly(sample.data), group_tables(sample.data)
    found |= {
        "steps": table(("step", "left", "dropped"), steps),
        "years": year_table(years),
        "compared": compared(years),
    }
    return found | {"ages": ages, "exchanges": exchanges}


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        written = PAGE.read_text(encoding="utf-8")
        real = blocks(prepare(Path(made), Path(os.environ["EMTRACT_DATA"])), written)
    PAGE.write_text(filled(written, real), encoding="utf-8")

"""Damaged files of every market format: a reader refuses them in a sentence or quarantines rows, and never breaks.

`python -m tests.ingest.market.fuzz 30000` tries that many files; the suite tries some hundred, the same ones each time.
"""

from __future__ import annotations

import gzip
import io
import random
import sys
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from emtract.errors import ConfigError, MarketDataError, SourceError
from emtract.ingest.market import read_market
from emtract.ingest.market.options import cell_form
from emtract.ingest.market.prices import read_prices

#: What a cell is replaced by.
CELLS = [
    *("", " ", "NA", "nan", "NULL", "-", ".", ".A", "#N/A", "0", "-1", "1e308", "1e999", "-inf", "1_000", "1,234", '"1,234.5"'),
    *("=1+1", "20200230", "99991231", "2020-01-02 16:30 ET", "25:61 PM", "1577923200"),
    *("1.234,5", "(123)", "12%", "$12", "１２", "0x10", "9" * 400, "31/12/2020", "01/02/2020", "12/31/2020"),
    *("2020-01-02 22:00:00+00:00", "2020-01-02T99:99", "2020-01-02 10:00:00+99:99", "1/2/20", "44227", "00:00"),
    *('"', '"a\nb"', "\0", "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"), "é", "🚀", "'; DROP TABLE x; --"),
    *("x" * 70_000, "true", "2020-01-02T10:00:00Z", "2020-13-01", "0000-00-00", "-0", "1e3", "BRK.B", "$", "\u202e"),
]  # fmt: skip
#: Formats whose every row is kept or rejected under its own line.
ROWWISE = {"earnings", "yahoo_earnings", "ipo_offers", "ritter_ipos", "classification"}


@dataclass(frozen=True)
class Seed:
    """A file that is read without a complaint."""

    format: str
    name: str
    content: bytes
    columns: dict[str, str] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)


def _zipped(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return stream.getvalue()


def _frame(text: str, kind: str) -> bytes:
    frame = pl.read_csv(text.encode(), infer_schema_length=None, try_parse_dates=True)
    stream = io.BytesIO()
    if kind == "parquet":
        frame.write_parquet(stream)
    else:
        frame.write_excel(stream)
    return stream.getvalue()


PRICES = "Date,Open,High,Low,Close,Adj Close,Volume\n" + "".join(
    f"2020-01-{day:02},10,12,9,{10 + day / 10},10.5,{day * 1000}\n" for day in range(2, 11)
)
CRSP = (
    "PERMNO,DlyCalDt,Ticker,DlyPrc,DlyOpen,DlyRet,DlyClose,DlyHigh,DlyLow,DlyVol,ShrOut,DlyDelFlg,DelReasonType,ShareClass,CUSIP,"
    "IssuerNm,PrimaryExch,SICCD\n"
) + "".join(
    f"{10001 + n},2020-01-{day:02},T{n},{10 + day},{10 + day},0.01,{10 + day},{11 + day},{9 + day},100,{500 + n},"
    f"{'Y' if day == 9 else 'N'},,A,3783310{n},FIRM {n},N,7372\n"
    for n in range(3)
    for day in range(2, 10)
)
FACTORS = (
    "This file was created\n\n,Mkt-RF,SMB,RF\n"
    + "".join(f"202001{d:02}, 0.1{d}, -99.99, 0.006\n" for d in range(2, 9))
    + "\nCopyright\n"
)
INDUSTRIES = "Average Value Weighted Returns -- Daily\n,Cnsmr,Manuf,HiTec,Hlth,Other\n" + "".join(
    f"202001{d:02},  0.1,  0.2,  0.3, -0.1,  1.{d}\n" for d in range(2, 9)
)
THIRTEEN_F = {
    "SUBMISSION.tsv": "ACCESSION_NUMBER\tFILING_DATE\tSUBMISSIONTYPE\tCIK\tPERIODOFREPORT\n"
    "a-1\t14-FEB-2020\t13F-HR\t1\t31-DEC-2019\na-2\t13-FEB-2020\t13F-HR\t2\t31-DEC-2019\na-3\t20-FEB-2020\t13F-HR/A\t2\t31-DEC-2019\n",
    "COVERPAGE.tsv": "ACCESSION_NUMBER\tAMENDMENTTYPE\na-1\t\na-2\t\na-3\tRESTATEMENT\n",
    "INFOTABLE.tsv": "ACCESSION_NUMBER\tCUSIP\tVALUE\tSSHPRNAMT\tSSHPRNAMTTYPE\tPUTCALL\n"
    "a-1\t037833100\t10\t100\tSH\t\na-2\t037833100\t20\t200\tSH\t\na-3\t037833100\t30\t300\tSH\t\na-3\t594918104\t1\t2\tPRN\t\n",
}
FINRA = "settlementDate|symbolCode|currentShortPositionQuantity|daysToCoverQuantity\n" + "".join(
    f"2020-01-15|T{n}|{1000 * n}|{n}.5\n" for n in range(1, 7)
)
RITTER = (
    "Offer date,IPO name,Ticker,CUSIP,ADR,VC,Dual,Post-issue shares,Internet,CRSP Perm,Founding,Rollup\n"
    + "".join(f"200001{d:02},FIRM {d},F{d},12345{d}10,.,1,0,1000000,0,{10000 + d},1990,0\n" for d in range(2, 9))
)
OFFERS = "symbol,offer_date,offer_price,range_low,range_high,shares_offered,industry,underwriter_rank\n" + "".join(
    f'F{d},2000-01-{d:02},$15.00,12,14,"1,000,000",7372,9\n' for d in range(2, 9)
)
EARNINGS = "symbol,announced_on,time,period,eps,consensus,analysts,price\n" + "".join(
    f"F{d},2020-01-{d:02},{'16:30' if d % 2 else 'bmo'},2019-12-31,1.{d},1.0,5,30\n" for d in range(2, 9)
)
YAHOO = "Earnings Date,EPS Estimate,Reported EPS,Surprise(%),Event Type\n" + "".join(
    f"2020-01-{d:02} 16:00:00-0500,1.0,1.{d},1,Earnings\n" for d in range(2, 9)
)
CLASSES = "symbol,industry,first,last\n" + "".join(f"F{d},Tech,2020-01-{d:02},2020-12-31\n" for d in range(2, 9))
NUMBERS = "symbol,period,available,shares_outstanding,book_equity\n" + "".join(
    f"F{d},2019-12-31,2020-02-{d:02},{d}e6,{d}.5\n" for d in range(2, 9)
)
SERIES = "date,available,vix,epu\n" + "".join(f"2020-01-{d:02},2020-01-{d + 1:02},1{d}.5,{d}00\n" for d in range(2, 9))


def seeds() -> list[Seed]:
    """Return a file of each format, and of each kind of file that it may come in."""
    texts = [
        *(("prices", "A.csv", PRICES), ("crsp_ciz", "dsf.csv", CRSP), ("french_factors", "ff.csv", FACTORS)),
        *(("french_industries", "i.csv", INDUSTRIES), ("finra_short_interest", "s.csv", FINRA), ("ipo_offers", "o.csv", OFFERS)),
        *(("ritter_ipos", "r.csv", RITTER), ("earnings", "e.csv", EARNINGS), ("yahoo_earnings", "A.csv", YAHOO)),
        *(("classification", "c.csv", CLASSES), ("characteristics", "n.csv", NUMBERS)),
        ("series", "v.csv", SERIES),
    ]  # fmt: skip
    out = [Seed(kind, name, text.encode()) for kind, name, text in texts]
    for kind, name, text in texts:
        if kind in {"prices", "crsp_ciz", "earnings", "characteristics"}:
            out.append(Seed(kind, name.replace(".csv", ".parquet"), _frame(text, "parquet")))
        if kind in {"ritter_ipos", "ipo_offers", "characteristics"}:
            out.append(Seed(kind, name.replace(".csv", ".xlsx"), _frame(text, "xlsx")))
    out.append(Seed("classification", "c.json", pl.read_csv(io.BytesIO(CLASSES.encode())).write_json().encode()))
    out.append(Seed("french_factors", "ff.zip", _zipped({"ff.csv": FACTORS})))
    out.append(Seed("sec_13f", "13f.zip", _zipped(THIRTEEN_F), options={"cusips": "cusips.csv"}))
    return [*out, *out[: len(texts)]]


def mutated(seed: Seed, rng: random.Random) -> Seed:
    """Return a damaged copy."""
    content, name = seed.content, seed.name
    if name == "13f.zip" and rng.random() < 0.7:
        members = dict(THIRTEEN_F)
        part = rng.choice(sorted(members))
        text = _damaged(members[part].encode(), rng, "\t")
        members[part] = text.decode("utf-8", "replace")
        if rng.random() < 0.1:
            del members[part]
        return Seed(seed.format, name, _zipped(members), seed.columns, seed.options)
    is_text = name.endswith(".csv")
    for _ in range(rng.randint(1, 4)):
        content = _damaged(content, rng, "|" if b"|" in content else ",") if is_text else _struck(content, rng)
    if is_text and rng.random() < 0.1:
        content, name = gzip.compress(content, mtime=0), f"{name}.gz"
        content = content[: rng.randint(1, len(content))] if rng.random() < 0.5 else _struck(content, rng)
    return Seed(seed.format, name, content, seed.columns, seed.options)


def _struck(content: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut out, doubled or cut off."""
    if not content:
        return content
    data, place = bytearray(content), rng.randrange(len(content))
    how = rng.randrange(4)
    if how == 0:
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif how == 1:
        del data[place:]
    elif how == 2:
        del data[place : place + rng.randint(1, 64)]
    else:
        data[place:place] = data[place : place + rng.randint(1, 64)]
    return bytes(data)


def _damaged(content: bytes, rng: random.Random, delimiter: str) -> bytes:
    lines = content.split(b"\n")
    row = rng.randrange(len(lines))
    cells = lines[row].split(delimiter.encode())
    place = rng.randrange(len(cells))
    match rng.randrange(12):
        case 0:
            return _struck(content, rng)
        case 1 | 2 | 3:
            cells[place] = rng.choice(CELLS).encode("utf-8", "surrogateescape")
        case 4:
            other = rng.randrange(len(cells))
            cells[place], cells[other] = cells[other], cells[place]
        case 5:
            cells.insert(place, cells[rng.randrange(len(cells))])
        case 6:
            del cells[place]
        case 7:
            lines.insert(row, lines[rng.randrange(len(lines))])
            return b"\n".join(lines)
        case 8:
            return content.replace(delimiter.encode(), rng.choice([b";", b"\t", b"|", b",", b" "]))
        case 9:
            return content.replace(b"\n", rng.choice([b"\r", b"\r\n", b"\n\n"]))
        case 10:
            text = content.decode("utf-8", "replace")
            return text.encode(rng.choice(["utf-16", "utf-8-sig", "latin-1", "utf-32"]), "replace")
        case _:  # a value of the whole column
            value = rng.choice(CELLS).encode("utf-8", "surrogateescape")
            return b"\n".join(
                delimiter.encode().join(
                    value if n == place and line else cell for n, cell in enumerate(line.split(delimiter.encode()))
                )
                if number
                else line
                for number, line in enumerate(lines)
            )
    lines[row] = delimiter.encode().join(cells)
    return b"\n".join(lines)


def attempt(seed: Seed, folder: Path) -> str:
    """Read one file, hold the law of rows, and return what became of it: read, partly read, or refused."""
    path = folder / seed.name
    path.write_bytes(seed.content)
    try:
        if seed.format == "prices":
            batch = read_prices(path, form=cell_form(calendar="America/New_York"))
            assert batch.rows_read == batch.prices.num_rows + batch.rejected.num_rows
            kept = batch.prices.num_rows
        else:
            batch = read_market(path, format=seed.format, columns=seed.columns, options=seed.options)
            lines = {line for table in batch.tables.values() for line in table["line"].to_pylist()}
            told = lines | set(batch.rejected["line"].to_pylist())
            assert len(told - {0}) <= batch.rows_read
            if seed.format in ROWWISE:
                assert len(told) == batch.rows_read
            kept = len(lines)
    except (SourceError, MarketDataError, ConfigError) as error:
        assert "\n" not in str(error).replace(str(path), "")[:200], str(error)
        return "refused"
    finally:
        path.unlink()
    return "read" if not batch.rejected.num_rows else "partly read" if kept else "nothing kept"


def run(count: int, start: int = 0) -> Counter[str]:
    """Try `count` files, each drawn from its own number, and return how many met each end."""
    ends: Counter[str] = Counter()
    pool = seeds()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cusips.csv").write_text("cusip,symbol\n037833100,AAPL\n594918104,MSFT\n")
        for number in range(start, start + count):
            seed = mutated(pool[number % len(pool)], random.Random(number))
            try:
                ends[attempt(seed, folder)] += 1
            except Exception as error:
                error.add_note(f"file {number}: {seed.format} {seed.name} {seed.content[:600]!r}")
                raise
    return ends


if __name__ == "__main__":
    print(dict(run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)))

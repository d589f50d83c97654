"""Ken French's definitions of industries by SIC code, `Siccodes48.txt` or the zip of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import SourceError
from emtract.ingest.archives import read_members
from emtract.ingest.lines import read_lines
from emtract.ingest.records import Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emtract.ingest.streams import Source

_INDUSTRY: Final = re.compile(r"\s{0,2}(\d{1,2})\s+(\S+)\s+\S.*")
_RANGE: Final = re.compile(r"\s+(\d{3,4})\s*-\s*(\d{3,4})\b.*")


@dataclass(frozen=True)
class SicIndustries:
    """Industries in the order of the file.

    Attributes
    ----------
    names
        Short names: Agric, Food, ...
    ranges
        (first code, last code, short name), both codes included.
    """

    names: tuple[str, ...]
    ranges: tuple[tuple[int, int, str], ...]

    @property
    def scheme(self) -> str:
        """Scheme of the classification: ff48 for 48 industries."""
        return f"ff{len(self.names)}"

    def industry(self, sic: int) -> str | None:
        """Return the industry of a SIC code; None where the file lists it nowhere, which French leaves out too."""
        return next((name for first, last, name in self.ranges if first <= sic <= last), None)

    def classify(self, sic: pl.DataFrame) -> pl.DataFrame:
        """Return classifications under this scheme from those of the scheme sic; codes of no industry make no row."""
        codes = sic["label"].unique().to_list()
        names = {code: self.industry(int(code)) for code in codes if code.isdigit()}
        label = pl.col("label").replace_strict(names, default=None, return_dtype=pl.String)
        return sic.with_columns(label, pl.lit(self.scheme).alias("scheme")).drop_nulls("label")


def read_french_sic(path: Path) -> SicIndustries:
    """Read the definitions as French ships them.

    Raises
    ------
    SourceError
        The file defines no industry, or a line of it belongs to none.

    Notes
    -----
    Assumed: a line of an industry starts with its number and its short name, `` 1 Agric  Agriculture``; the lines below it,
    further in, each start with a range, ``0100-0199 Agricultural production - crops``.
    """
    names: list[str] = []
    ranges: list[tuple[int, int, str]] = []
    for item in read_members(path, _decoded):
        text = "" if isinstance(item, Rejection) else item[1]
        if codes := _RANGE.fullmatch(text):
            if not names:
                raise SourceError(f"{path}: {text.strip()!r} stands before any industry: it is no file of SIC codes")
            ranges.append((int(codes[1]), int(codes[2]), names[-1]))
        elif industry := _INDUSTRY.fullmatch(text):
            names.append(industry[2])
        elif text.strip():
            raise SourceError(
                f"{path} is no file of French's SIC codes: {text.strip()[:80]!r} is neither industry nor range"
            )
    if not ranges:
        raise SourceError(f"{path} defines no industry: name French's Siccodes48.txt or its zip")
    return SicIndustries(tuple(names), tuple(ranges))


def _decoded(source: Source) -> Iterator[tuple[int, str] | Rejection]:
    for item in read_lines(source):
        yield item if isinstance(item, Rejection) else (item[0], item[1].decode("utf-8", "replace").rstrip())

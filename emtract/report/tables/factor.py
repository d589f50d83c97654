"""Factors and prices in the layouts of alphalens and of qlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from emtract.atomic import replaced_file, replaced_files
from emtract.errors import ReportError
from emtract.panel.frame import TIME
from emtract.panel.tradable import ASSET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from emtract.panel.tradable import Price, Tradable

#: Programs whose layout is written.
Layout = Literal["alphalens", "qlib"]
#: The price that a program trades a value at: alphalens at the price of its own date, and posts before the open are known at the
#: open; qlib's returns begin at the close of the next session, so that a value of a date may be known at its close.
PRICE: Final[Mapping[Layout, Price]] = {"alphalens": "open", "qlib": "close"}


def write_factor(made: Tradable, folder: Path, layout: Layout) -> list[str]:
    """Write factors and prices into a folder.

    Parameters
    ----------
    made
        Dated by `PRICE` of the layout.
    folder
        Made where it is missing.
    layout
        `alphalens`: `factor.csv` (date, asset, one column a factor) and `prices.csv` (date, one column an asset: prices at the
        open). `qlib`: a folder for `qlib.init(provider_uri=...)`, with fields `$open`, `$close`, `$volume`, `$factor` and one a
        factor.

    Returns
    -------
    list[str]
        Names of the files of alphalens, or of the folders of qlib.

    Raises
    ------
    ReportError
        The folder is a file or cannot be written, or values are dated by another price than the layout trades at.
    """
    if made.price != PRICE[layout]:
        raise ReportError(f"{layout} trades at the {PRICE[layout]}, and these values are dated by the {made.price}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _WRITERS[layout](made, folder)
    except OSError as error:
        raise ReportError(f"cannot write {folder} ({error.strerror or error}): name another folder with -o") from error


def _write_alphalens(made: Tradable, folder: Path) -> list[str]:
    wide = made.prices.sort(TIME, ASSET).pivot(ASSET, index=TIME, values=made.price).rename({TIME: "date"})
    frames = {"factor.csv": made.factors.rename({TIME: "date"}), "prices.csv": wide}
    with replaced_files(folder / name for name in frames) as fresh:
        for path, frame in zip(fresh, frames.values(), strict=True):
            frame.write_csv(path)
    return [*frames]


def _write_qlib(made: Tradable, folder: Path) -> list[str]:
    """Write the calendar, the instruments, and one little-endian float32 file a field: its first day's place, then its values."""
    days = made.prices[TIME].unique().sort()
    place = pl.DataFrame({TIME: days, "place": np.arange(len(days))})
    rows = made.prices.with_columns(pl.lit(1.0).alias("factor"))
    rows = rows.join(made.factors, on=[TIME, ASSET], how="left").join(place, on=TIME).sort(ASSET, "place")
    spans = rows.group_by(ASSET, maintain_order=True).agg(
        pl.col(TIME).min().alias("first"), pl.col(TIME).max().alias("last")
    )
    calendar = folder / "calendars" / "day.txt"
    calendar.unlink(
        missing_ok=True
    )  # written last: places of one calendar mean other days in another, and qlib needs one
    _write_text(folder / "instruments" / "all.txt", [f"{a}\t{first}\t{last}" for a, first, last in spans.iter_rows()])
    fields = [column for column in rows.columns if column not in (TIME, ASSET, "place")]
    for (asset,), part in rows.group_by(ASSET, maintain_order=True):
        within = folder / "features" / str(asset).lower()
        within.mkdir(parents=True, exist_ok=True)
        places = part["place"].to_numpy()
        for field in fields:
            values = np.full(places[-1] - places[0] + 1, np.nan, "<f4")
            values[places - places[0]] = part[field].cast(pl.Float64).fill_null(np.nan).to_numpy()
            with replaced_file(within / f"{field}.day.bin") as fresh:
                fresh.write_bytes(np.concatenate([np.array([places[0]], "<f4"), values]).tobytes())
    _write_text(calendar, [day.isoformat() for day in days])
    return ["calendars", "features", "instruments"]


def _write_text(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced_file(path) as fresh:
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")


_WRITERS: Final[dict[Layout, Callable[[Tradable, Path], list[str]]]] = {
    "alphalens": _write_alphalens,
    "qlib": _write_qlib,
}

"""A frame as a table of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.spelling import visible

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table


def print_table(frame: pl.DataFrame, *, fold: tuple[str, ...] = ("post", "detail", "reason")) -> None:
    """Print a table; columns named in `fold` give way where the terminal is narrow, and a pipe gets whole lines."""
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    table = _bare_table()
    for name, dtype in frame.schema.items():
        justify = "right" if dtype.is_numeric() else "left"
        table.add_column(name, justify=justify, no_wrap=name not in fold, overflow="fold")  # type: ignore[arg-type]
    for row in frame.iter_rows():
        table.add_row(*(escape(_cell(value)) for value in row))
    console.print(table)


def _bare_table() -> Table:
    from rich.table import Table

    return Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else visible(str(value))


def with_decimals(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose numbers have three decimals, and whose missing ones are empty."""
    import polars as pl

    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:.3f}"

    return table.with_columns(pl.selectors.float().map_elements(shown, return_dtype=pl.String, skip_nulls=False))

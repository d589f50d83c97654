"""What an object prints of itself: a few lines at the prompt, in a notebook a table in the notebook's own look."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from emtract.words.numbers import decimals_for, p_text, signed, stars

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Any

#: What a cell of numbers and one of words look like, and the rules of a table in a paper: above, below its head, below.
_NUMBER: Final = "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;padding:.15em .6em"
_WORD: Final = "text-align:left;padding:.15em .6em"
_RULES: Final = "border-collapse:collapse;border-top:1.5px solid;border-bottom:1.5px solid"
_HEAD: Final = "border-bottom:1px solid"
#: Headings of a table of estimates.
ESTIMATE_HEADINGS: Final = ("", "Estimate", "Std. error", "95 % interval", "p", "N")


def html_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str = "",
    notes: str = "",
    words: Collection[int] = (0,),
) -> str:
    """Return a table as HTML with every text escaped.

    Parameters
    ----------
    headings
        One a column.
    rows
        Cells as they are printed.
    caption, notes
        Above and below it; '' for none.
    words
        Places of the columns that hold words; the others hold numbers.
    """
    head = "".join(_cell("th", text, i in words, _HEAD) for i, text in enumerate(headings))
    body = "".join(f"<tr>{''.join(_cell('td', text, i in words) for i, text in enumerate(row))}</tr>" for row in rows)
    above = (
        f"<caption style='{_WORD};font-weight:600;white-space:nowrap'>{escape(caption)}</caption>" if caption else ""
    )
    below = f"<p style='font-size:.85em;max-width:60em'>{escape(notes)}</p>" if notes else ""
    return f"<table style='{_RULES}'>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def _cell(tag: str, text: str, is_word: bool, more: str = "") -> str:
    style = ";".join(filter(None, (_WORD if is_word else _NUMBER, more)))
    return f"<{tag} style='{style}'>{escape(text)}</{tag}>"


def text_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, most: int) -> list[str]:
    """Return a table as lines of text, the first column of words, the others of numbers.

    Parameters
    ----------
    headings, rows
        As in `html_table`.
    most
        Rows at most; a last line says how many follow.
    """
    lines = [headings, *rows[:most]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    told = [
        "  ".join((line[0].ljust(widths[0]), *(t.rjust(w) for t, w in zip(line[1:], widths[1:], strict=True)))).rstrip()
        for line in lines
    ]
    return told if len(rows) <= most else [*told, f"... and {len(rows) - most:,} more"]


def estimate_cells(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return estimates as they are printed, one row each under `ESTIMATE_HEADINGS`: stars at 1, 5 and 10 per cent.

    Parameters
    ----------
    rows
        Columns of `emtract.econometrics.estimates.ESTIMATE_COLUMNS` by name.
    names
        Term -> its words.
    """
    told: list[tuple[str, ...]] = []
    for row in rows:
        digits = decimals_for([row["std_error"] or row["estimate"] or 0.0], digits=2)
        estimate, error, low, high = (
            "" if row[name] is None else signed(row[name], digits)
            for name in ("estimate", "std_error", "conf_low", "conf_high")
        )
        p = row["p_value"]
        told.append(
            (
                names.get(row["term"], row["term"]),
                estimate + ("" if p is None else stars(p)),
                error,
                f"{low} to {high}" if low and high else "",
                "" if p is None else p_text(p),
                "" if row["n_obs"] is None else f"{row['n_obs']:,}",
            )
        )
    return told

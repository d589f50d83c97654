"""docs/codebook.md: columns of samples, columns of stored tables."""

from __future__ import annotations

from emtract import schema
from emtract.words.codebook import codebook
from tests.docs.cells import escaped
from tests.markdown import table


def columns() -> str:
    """Every column of a sample that is stated."""
    rows = [
        (f"`{row['name']}`", escaped(row["meaning"]), row["unit"], row["known"] or "")
        for row in codebook().iter_rows(named=True)
    ]
    return table(("column", "meaning", "unit", "known"), rows)


def stored() -> str:
    """Every table of the store with its columns."""
    parts = []
    for held in schema.TABLES:
        rows = [(f"`{c.name}`", c.type, "yes" if c.nullable else "", escaped(c.description)) for c in held.columns]
        key = f" Key: {', '.join(f'`{name}`' for name in held.key)}." if held.key else ""
        parts.append(
            f"### `{held.name}`\n\nA row is {held.grain}.{key}\n\n"
            + table(("column", "type", "may be null", "meaning"), rows)
        )
    return "\n\n".join(parts)

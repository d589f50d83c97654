"""What SQL files say of themselves in their heads, and what their text does: python -m tests.sql_heads writes the heads anew."""

import re

from emtract.store.sql import read_sql, sql_digests, sql_folder

_SAID = re.compile(r"^-- (reads|makes|takes): (.*)\n", re.MULTILINE)
_MADE = re.compile(r"\s*(?:CREATE OR REPLACE TEMP (?:TABLE|VIEW)|INSERT INTO|DELETE FROM|UPDATE|MERGE INTO) (\w+)")
_COMMON = re.compile(r"(?:\bWITH(?: RECURSIVE)?|\),)\s+(\w+)(?:\([\w, ]*\))? AS (?:MATERIALIZED )?\(")
_READ = re.compile(r"(?<!DISTINCT )\b(?:FROM|JOIN)\s+(\w+)(?![\w.(])")


def with_heads() -> tuple[str, ...]:
    """Files that have heads: those of the schema make all tables at once, checks and macros are one sentence."""
    names = (name.removesuffix(".sql") for name in sql_digests())
    return tuple(sorted(name for name in names if not name.startswith(("schema/", "macros/", "checks/"))))


def head(name: str) -> dict[str, str]:
    """What a file reads, makes and takes, as its first lines say."""
    return dict(_SAID.findall(read_sql(name)))


def facts(name: str) -> dict[str, str]:
    """The same, found in its text: tables after FROM and JOIN, what it creates or changes, its parameters."""
    text = "\n".join(line for line in read_sql(name).splitlines() if not line.lstrip().startswith("--"))
    made = _MADE.match(text)
    rest = text[made.end() :] if made else text
    reads = sorted(set(_READ.findall(rest)) - set(_COMMON.findall(rest)))
    takes = sorted({f"${taken}" for taken in re.findall(r"\$([a-z_]\w*)", text)})
    found = {"reads": ", ".join(reads) or "nothing", "makes": made[1] if made else "rows"}
    return found | ({"takes": ", ".join(takes)} if takes else {})


def write() -> None:
    """Put the facts at the end of each head."""
    for name in with_heads():
        lines = _SAID.sub("", read_sql(name)).split("\n")
        first = next(i for i, line in enumerate(lines) if not line.startswith("--"))
        lines[first:first] = [f"-- {key}: {value}" for key, value in facts(name).items()]
        (sql_folder() / f"{name}.sql").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write()

"""docs/scale.md: how fast models read, how an archive gets from files to scores, and how long a regression takes."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.docs.cells import REPORTS
from tests.markdown import table


def _bench(name: str) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads((REPORTS / f"benchmarks/{name}.json").read_text("utf-8"))}


def rate(tier: str) -> str:
    """Posts a second that a tier reads in one process, cleaning included."""
    return f"{_bench('model')[f'tier {tier}: posts']['value']:,.0f}"


def speeds() -> str:
    """Posts a second of each setting of the model."""
    told = _bench("model")
    settings = {
        "`fast`, one process": "tier fast: posts",
        "`fast`, two processes": "tier fast: posts, all cores",
        "`default`, one process": "tier default: posts",
        "`exact`, one process": "tier exact: posts",
        "the DistilBERT of the comparison": "comparator",
    }
    rows = [(words, f"{told[name]['value']:,.0f}", told[name]["note"]) for words, name in settings.items()]
    ratio, bare = told["ratio: posts, cleaning on both sides"], told["ratio: model only"]
    return table(("setting", "posts/s", "measured on"), rows) + (
        f"\n\nOn the same posts `default` reads {ratio['value']:.0f} times as many a second as the DistilBERT with "
        f"cleaning on both sides, and {bare['value']:.0f} times without cleaning."
    )


def archives() -> str:
    """An archive from raw files to scores."""
    told = _bench("archive")

    def value(name: str, form: str = ",.0f") -> str:
        return f"{told[name]['value']:{form}} {told[name]['unit']}"

    memory = max(int(n.replace(",", "")) for n in re.findall(r"workers ([\d,]+) MB", told["large, ingest"]["note"]))
    rows = [
        (f"{told['small archive']['value']:,} lines, raw files to scores in DuckDB: `default`",
         f"{value('raw files to scores, default')}, {value('ratio, default')} EmTract's way"),
        ("the same, `fast`", f"{value('raw files to scores, fast')}, {value('ratio, fast')}"),
        (f"ingest and clean, {told['large archive']['value']:,} lines", value("large, ingest and clean")),
        ("memory of ingest, workers included, without a model", f"{memory:,} MB"),
        ("time a line against the small archive (constant scorer)", value("growth", ".2f")),
        ("nothing to do", value("large, nothing", ".1f")),
        ("store", told["large, store"]["note"]),
    ]  # fmt: skip
    steps = {
        "ingest and clean": "ingest and clean",
        "score with `fast`": "score, fast",
        "score with `default`": "score, default",
    }
    cores = ("2 cores", "32 cores")
    hours = [(words, *(f"{told[f'{n}: {step}']['value']:,.1f} hours" for n in cores)) for words, step in steps.items()]
    many = table(("550 million posts", "two cores", "32 such cores, if scoring scales with the cores"), hours)
    return f"{table(('what', 'figure'), rows)}\n\n{many}"


def panels() -> str:
    """How long a regression takes, and its memory."""
    told = _bench("panel")
    fits = [name.removesuffix(": estimate") for name in told if name.endswith(": estimate")]
    rows = []
    for name in fits:
        size, engine = name.split(" rows, ")
        seconds, memory = told[f"{name}: estimate"]["value"], told[f"{name}: memory"]["value"]
        rows.append((size, engine, f"{seconds:,.1f} s", f"{memory:,} MB"))
    return table(("firm-sessions", "engine", "time", "memory"), rows)

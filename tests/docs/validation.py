"""docs/inference.md, docs/measurement.md, docs/tagging.md: what simulated data sets say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from tests.docs.cells import REPORTS, share
from tests.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FOLDER: Final = REPORTS / "validation"
#: Worlds of moods of few posts, in the order of the page; of posts that are misread, all there are.
_WORLDS: Final = (
    "4 texts a cell", "one emotion a text", "half the texts shared, 12 firms", "12 firms of unequal length",
    "8 firms of unequal length", "unbalanced, with weights", "several posts an author", "product with a characteristic",
    "two windows", "weights that go with emotion, soft readings", "weights that go with emotion", "six emotions, 12 texts a cell",
    "six emotions, 4 texts a cell", "weakly measured", "a tenth of the texts report the return",
)  # fmt: skip
_HEAD: Final = ("world", "λ", "truth", "naive, mean", "corrected, mean", "coverage: naive", "interval", "set", "draws")


def _read(name: str) -> pl.DataFrame:
    return pl.read_csv(FOLDER / name, glob=False).with_columns(pl.selectors.float().fill_nan(None))


def _range(values: Iterable[float | None]) -> str:
    """The least and the largest of shares."""
    known = sorted(value for value in values if value is not None)
    ends = [share(known[0]), share(known[-1])] if known else ["–"]
    return " to ".join(dict.fromkeys(ends))


def _each(values: Iterable[float | None]) -> str:
    return ", ".join("none" if v is None else f"{round(v) + 0:.0f}".replace("-", "−") for v in values)


def _coverage(begins: str, worlds: Sequence[str], names: Sequence[tuple[str, str, str]]) -> str:
    """A row a world; `names` are the specs of the plain regression, the corrected one and the set, the first that there are."""
    told = _read("coverage.csv")
    rows = []
    for world in worlds:
        of = told.filter(design=f"{begins}, {world}")
        specs = next(three for three in names if three[1] in of["spec"].to_list())
        plain, point, kept = (of.filter(spec=spec) for spec in specs)
        rows.append(
            (
                world,
                _range(of["reliability"]),
                _each(point["truth"]),
                _each(plain["mean_estimate"]) or "–",
                _each(point["mean_estimate"])
                if 10 * point["refused"].max() < point["draws"].max()
                else "none, or anything",
                _range(plain["coverage"]),
                _range(point["coverage"]),
                _range(kept["coverage"]),
                f"{int(of['draws'].max() + of.filter(draws=of['draws'].max())['refused'].max()):,}",
            )
        )
    return table(_HEAD, rows)


def worlds() -> str:
    """Moods of few posts: worlds whose truth is written down."""
    return _coverage("measurement", _WORLDS, [("naive", "corrected", "set")])


def misread_worlds() -> str:
    """Posts that are misread: the same, and how often the test of transport rejects."""
    found = _read("coverage.csv").filter(pl.col("design").str.starts_with("reading, "))
    names = found["design"].unique(maintain_order=True).str.strip_prefix("reading, ").to_list()
    transport = dict(found.filter(spec="transport").select("design", "rejection").iter_rows())
    made = _coverage(
        "reading", names, [("read", "reading", "reading, set"), ("read", "both", "both, set")]
    ).splitlines()
    ends = ["transport rejects |", "---|", *(f"{share(transport[f'reading, {name}'])} |" for name in names)]
    return "\n".join(f"{line} {end}" for line, end in zip(made, ends, strict=True))


def trusted() -> str:
    """How far intervals of a tagged sample can be trusted."""
    found = _read("tagged.csv")
    rows = []
    for design in found["design"].unique(maintain_order=True):
        own = {row["number"]: row for row in found.filter(design=design).iter_rows(named=True)}
        gaps = [row["coverage"] for name, row in own.items() if name.endswith("read less tagged")]
        rows.append(
            (design, f"{own['accuracy']['draws']:,}", *(_three(own[n]) for n in ("accuracy", "macro f1")), _range(gaps))
        )
    of = "spread, stated error, coverage"
    return table(("texts", "draws", f"accuracy: {of}", f"macro-F1: {of}", "read less tagged: coverage"), rows)


def _three(row: Mapping[str, Any]) -> str:
    return ", ".join((share(row["spread"], 3), share(row["stated"], 3), share(row["coverage"])))


def slopes() -> str:
    """Slopes by tags beside those as read and of the tagged cells alone."""
    found = _read("slopes.csv")
    rows = []
    for design in found["design"].unique(maintain_order=True):
        own = {row["method"]: row for row in found.filter(design=design).iter_rows(named=True)}
        by = own["by tags"]
        numbers = ", ".join((f"{by['mean']:.2f}", *(share(by[n]) for n in ("spread", "stated", "coverage"))))
        rows.append((design, share(own["as read"]["mean"]), numbers, share(own["tagged cells alone"]["spread"])))
    head = ("world", "as read", "by tags: mean, spread, stated error, coverage", "tagged cells alone: spread")
    return table(head, rows)


def differential() -> str:
    """How often each test of differential error rejects."""
    found = _read("differential.csv").pivot("test", index=("world", "draws"), values="rejection")
    rows = [
        (row["world"], f"{row['draws']:,}", share(row["tag less reading"]), share(row["reading given the tag"]))
        for row in found.iter_rows(named=True)
    ]
    return table(("world", "draws", "tag less reading rejects", "reading given the tag rejects"), rows)


def beside() -> str:
    """Other packages' designs, method by method."""
    rows = [
        (
            row["design"],
            f"`{row['method']}`" if "_" in row["method"] or row["method"] == "ppboot" else row["method"],
            *(share(row[name]) for name in ("mean", "sd", "mean_std_error", "coverage")),
            f"{row['draws']:,}",
        )
        for row in _read("beside_packages.csv").iter_rows(named=True)
    ]
    return table(("design", "method", "mean", "spread", "stated error", "coverage", "draws"), rows)


def coverage() -> str:
    """How often intervals hold the truth, and tests of what is zero reject."""
    rows = _read("coverage.csv")
    covered = rows.filter(pl.col("target") == "coverage")
    sizes = covered.filter("is_null")
    return (
        f"Over {covered.height} numbers of {rows['design'].n_unique()} designs, 95 % intervals hold the truth in "
        f"{100 * covered['coverage'].mean():.1f} % of the draws on average, and tests of\nwhat is zero reject in "
        f"{100 * sizes['rejection'].mean():.1f} %. {_inside()} numbers with a target are inside it; "
        "the others are marked."
    )


def inside() -> str:
    """How many numbers of the simulated worlds are where they should be."""
    return (
        f"Simulated worlds with a written-down truth go through the same code: {_inside()} numbers are inside their target\n"
        "([the table](reports/validation/README.md))."
    )


def _inside() -> str:
    said = (FOLDER / "README.md").read_text("utf-8")
    stated = re.search(r"^(\d+ of \d+) numbers that have a target are inside it", said, re.MULTILINE)
    assert stated
    return stated[1]

"""How often the kinds of cause that the lexicon finds are right: python -m tests.validation.causes draw, then measure.

Population: distinct StockTwits texts whose likeliest emotion is not neutral. Strata: the rarest kind that the lexicon finds in a
text, or none. One reader said of each drawn post, without seeing what was found, which kinds its emotion is about; the answers
are in `reports/validation/causes/tags.csv`, ids and kinds alone. `measure` writes `reports/validation/causes/precision.csv`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import polars as pl
import typer

from emtract.console.tables import print_table
from emtract.store import Store
from emtract.text.causes import CAUSES, NEWS, find_causes

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER: Final = Path("reports/validation/causes")
#: Texts that are drawn of a kind, and of those in which none is found.
EACH: Final = 18
NONE: Final = 38
DRAWS: Final = 4_000
_TEXTS: Final = """
    SELECT min(p.post_id) AS post_id, t.text, any_value(p.body) AS body
    FROM texts AS t
    JOIN text_scores AS s USING (text_key, cleaner)
    JOIN cleaned AS c USING (text_key, cleaner)
    JOIN posts AS p USING (post_key)
    WHERE s.neutral < greatest(s.happy, s.sad, s.anger, s.disgust, s.surprise, s.fear)
    GROUP BY t.text_key, t.text
    ORDER BY post_id
"""

app = typer.Typer()


def strata(found: pl.DataFrame) -> pl.Series:
    """Return the rarest kind that is found in each text, or `none`."""
    rarest = sorted(CAUSES, key=lambda kind: found[kind].sum())
    told = pl.coalesce(*(pl.when(pl.col(kind)).then(pl.lit(kind)) for kind in rarest), pl.lit("none"))
    return found.select(told.alias("stratum"))["stratum"]


def draw_sample(found: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Return the drawn rows of `find_causes` in an order of chance, with stratum and weight: texts that each stands for."""
    rows = found.with_row_index("row").with_columns(stratum=strata(found))
    rng = np.random.default_rng(seed)
    parts = []
    for kind in (*CAUSES, "none"):
        part = rows.filter(stratum=kind)
        size = min(NONE if kind == "none" else EACH, part.height)
        taken = part[np.sort(rng.choice(part.height, size, replace=False))]
        parts.append(taken.with_columns(weight=pl.lit(part.height / size)))
    drawn = pl.concat(parts)
    return drawn[rng.permutation(drawn.height)]


def named(rows: pl.DataFrame) -> pl.Series:
    """Return the kinds of each row of flags, separated by spaces."""
    told = [
        " ".join(kind for kind, is_found in zip(CAUSES, row, strict=True) if is_found)
        for row in rows.select(CAUSES).rows()
    ]
    return pl.Series(told, dtype=pl.String)


def flags(told: pl.Series) -> NDArray[np.bool_]:
    """Return which kinds are named, shape (n, kinds)."""
    return np.array([[kind in (text or "").split() for kind in CAUSES] for text in told])


def sides(kinds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add what the study compares: the price and no news, news and not the price; shape (n, kinds + 2)."""
    price, news = kinds[:, CAUSES.index("price")], kinds[:, [CAUSES.index(kind) for kind in NEWS]].any(axis=1)
    return np.column_stack([kinds, price & ~news, news & ~price])


def measure_tags(tags: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Return precision and recall of each kind with intervals: 95 %, by draws with replacement within strata."""
    found, tagged = sides(flags(tags["found"])), sides(flags(tags["tagged"]))
    weight, stratum = tags["weight"].to_numpy(), tags["stratum"].to_numpy()
    rng, places = np.random.default_rng(seed), [np.flatnonzero(stratum == kind) for kind in np.unique(stratum)]
    counts = np.stack([
        np.bincount(np.concatenate([rng.choice(own, len(own)) for own in places]), minlength=len(tags))
        for _ in range(DRAWS)
    ])  # fmt: skip
    rows: list[dict[str, str | float | None]] = []
    for place, kind in enumerate((*CAUSES, "price, no news", "news, not price")):
        both = weight * (found[:, place] & tagged[:, place])
        rows.append({"kind": kind, "found": int(found[:, place].sum()), "tagged": int(tagged[:, place].sum())})
        for name, base in (("precision", found[:, place]), ("recall", tagged[:, place])):
            whole = counts @ (weight * base)
            drawn = (counts @ both)[whole > 0] / whole[whole > 0]
            told = (both.sum() / (weight @ base), *np.percentile(drawn, [2.5, 97.5])) if base.any() else (None,) * 3
            rows[-1] |= dict(zip((name, f"{name}_low", f"{name}_high"), told, strict=True))
    return pl.DataFrame(rows)


@app.command()
def draw(store: Path, texts: Path, seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0) -> None:
    """Draw posts of a scored store; ids go to sample.csv, texts to a file outside the project."""
    with Store.open(store, read_only=True) as opened:
        known = opened.sql(_TEXTS)
    drawn = draw_sample(find_causes(known["text"]), seed=seed)
    own = known[drawn["row"].to_list()]
    FOLDER.mkdir(parents=True, exist_ok=True)
    ids = drawn.select("stratum", pl.col("weight").round(4)).with_columns(post_id=own["post_id"], found=named(drawn))
    ids.select("post_id", "stratum", "weight", "found").write_csv(FOLDER / "sample.csv")
    own.select("post_id", "body").write_csv(texts)


@app.command()
def measure(seed: Annotated[int, typer.Option(help="Seed of the intervals.")] = 0) -> None:
    """Measure the tags of `reports/validation/causes/tags.csv` against what the lexicon found."""
    told = {"post_id": pl.String, "found": pl.String, "tagged": pl.String}
    sample, tags = (pl.read_csv(FOLDER / f"{name}.csv", schema_overrides=told) for name in ("sample", "tags"))
    table = measure_tags(sample.join(tags, on="post_id", validate="1:1"), seed=seed)
    table.with_columns(pl.selectors.float().round(3)).write_csv(FOLDER / "precision.csv")
    print_table(table)


if __name__ == "__main__":
    app()

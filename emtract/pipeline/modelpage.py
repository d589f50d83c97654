"""The page of a trained model: its out-of-fold predictions, the tests that need data, and what other runs left behind."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError, ReportError
from emtract.model import load_scorer
from emtract.model.card import read_card
from emtract.model.comparisons import agreement, slice_metrics, traits
from emtract.model.registry import reads_of, shipped_folder
from emtract.model.samples import (
    OUT_OF_FOLD,
    VARIANTS,
    beside_posts,
    labels_of,
    probabilities_of,
    read_out_of_fold,
    read_stockemotions_posts,
    read_tagged_posts,
    scorer_id,
    stockemotions_paths,
    tagged_path,
)
from emtract.model.train.document import BIASES, LIMITS, USES, model_document
from emtract.pipeline.evaluation import outside_rows, read_posts
from emtract.pipeline.opening import silent
from emtract.provenance import InputFile, Provenance
from emtract.report.index import write_index
from emtract.report.model.inputs import read_ablations, read_behaviour, read_benchmark
from emtract.report.model.page import Findings, write_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.model import Scorer
    from emtract.model.card import ModelCard
    from emtract.pipeline.opening import Progress
    from emtract.report.model.page import ModelPage

#: Scorers that the page compares, where this installation has them.
COMPARED: Final = ("default", "exact", "fast", "vader", "textblob", "nrclex", "nade")
_VERSIONED: Final = ("emtract", "numpy", "onnxruntime", "openvino", "plotly", "polars", "tokenizers")
_EXAMPLES: Final = 30


def report_model(
    output: Path,
    *,
    model: str | Path = "default",
    data: Path | None = None,
    examples: bool = False,
    progress: Progress | None = None,
) -> ModelPage:
    """Write the page of a trained model.

    Parameters
    ----------
    output
        Folder of the page; it may hold `ablations.csv`, `behaviour.csv`, and `out_of_fold.parquet` where the model's folder
        has none; where neither has one, the page stands on the figures of the card. Speed is read from what `make bench`
        wrote into `benchmarks/model.json` of the folder above.
    model
        A shipped model or a model folder.
    data
        Folder of `emtract_tagged` and `stockemotions`; without it the tables of an earlier page of this model are kept,
        and what was never measured is left out.
    examples
        Show texts of errors, for local use; needs `data`.
    progress
        Called with a scorer's name, posts of `data` that it read and posts in all.

    Raises
    ------
    ModelError, SourceError, ReportError
        The model or the data are missing, or the out-of-fold table does not belong to the model.
    """
    if examples and data is None:
        raise ReportError("examples are texts of the tagged sample; give its folder with --data")
    if examples and not any((place / OUT_OF_FOLD).is_file() for place in (_model_folder(model), output)):
        raise ReportError(f"examples need the {OUT_OF_FOLD} of this model's training in {output}")
    folder, report = _model_folder(model), progress or silent
    card = read_card(folder)
    if not set(VARIANTS) <= set(card.metrics):
        raise ReportError(
            f"the card of {card.name}@{card.revision} holds no out-of-fold figures of {' and '.join(VARIANTS)}: models of the "
            "recipe default have a page; `emtract model evaluate` measures any on labelled posts"
        )
    source = next((path for path in (folder / OUT_OF_FOLD, output / OUT_OF_FOLD) if path.is_file()), None)
    predictions = None if source is None else read_out_of_fold(source)
    output.mkdir(parents=True, exist_ok=True)
    tables = _kept(card, output) if data is None else _measure(card, folder, data, predictions, report)
    shown = None
    if examples and data and predictions is not None:
        shown = _worst(beside_posts(predictions, read_tagged_posts(data)))
    findings = Findings(
        card, model_document(card), predictions, **tables, examples=shown, ablations=read_ablations(output / "ablations.csv"),
        behaviour=read_behaviour(output / "behaviour.csv", f"{card.name}@{card.revision}"),
        speed=read_benchmark(output.parent / "benchmarks" / "model.json"), uses=USES, limits=LIMITS, biases=BIASES,
    )  # fmt: skip
    page = write_model(findings, _provenance(card, folder, source, predictions, data), output)
    write_index(output.parent)
    return page


def _model_folder(model: str | Path) -> Path:
    shipped = shipped_folder(str(model))
    return shipped if shipped.is_dir() else Path(model)


def _measure(
    card: ModelCard, folder: Path, data: Path, predictions: pl.DataFrame | None, report: Progress
) -> dict[str, pl.DataFrame]:
    """Slices of the out-of-fold predictions, and every scorer at hand on StockEmotions."""
    own = f"{card.name}@{card.revision}"
    slices = {}
    if predictions is not None:
        bodies = beside_posts(predictions, read_tagged_posts(data))["body"].to_list()
        slices["slices"] = slice_metrics(probabilities_of(predictions, "int8"), labels_of(predictions), traits(bodies))
    posts = read_stockemotions_posts(data)
    comparable = posts.filter(pl.col("part") == "val") if (posts["part"] == "val").any() else posts
    rows: list[dict[str, Any]] = []
    read: dict[str, NDArray[np.float64]] = {}
    scorers = available_scorers(folder)
    for scorer in scorers:
        chosen = posts if scorer_id(scorer) == own else comparable
        p = read_posts(scorer, chosen["body"].to_list(), report)
        rows += outside_rows(scorer, chosen, p)
        read[scorer_id(scorer)] = p[chosen["part"].is_in(comparable["part"].unique().to_list()).to_numpy()]
    blind = [scorer_id(scorer) for scorer in scorers if reads_of(scorer) == "valence"]
    name = pl.lit(own).alias("model")
    found = {
        **slices,
        "outside": pl.DataFrame(rows, infer_schema_length=None),
        "agreement": agreement(read, valence_only=blind),
    }
    return {key: frame.with_columns(name) for key, frame in found.items()}


def available_scorers(folder: Path) -> list[Scorer]:
    """Load the scorer of this folder, then every other one of `COMPARED` that this installation has."""
    found: list[Scorer] = [load_scorer(folder)]
    for name in COMPARED:
        try:
            scorer = load_scorer(name)
        except ModelError:
            continue
        if scorer_id(scorer) not in map(scorer_id, found):
            found.append(scorer)
    return found


def _kept(card: ModelCard, output: Path) -> dict[str, pl.DataFrame]:
    """Tables of an earlier page, as far as they are of this very model."""
    kept = {}
    for name in ("slices", "outside", "agreement"):
        if (path := output / f"{name}.csv").is_file():
            frame = pl.read_csv(path, infer_schema_length=None, glob=False)
            if frame.height and set(frame["model"]) == {f"{card.name}@{card.revision}"}:
                kept[name] = frame
    return kept


def _worst(beside: pl.DataFrame) -> pl.DataFrame:
    """Errors that the int8 model was surest of: body, tagged, read, probability."""
    p, labels = probabilities_of(beside, "int8"), labels_of(beside)
    read = p.argmax(axis=1)
    wrong = np.flatnonzero(read != labels)
    order = wrong[np.argsort(-p[wrong].max(axis=1), kind="stable")][:_EXAMPLES]
    columns = {"tagged": labels[order], "read": read[order]}
    names = {key: [EMOTIONS[index] for index in values] for key, values in columns.items()}
    return (
        pl.DataFrame({"body": beside["body"].to_list()})
        .with_row_index()[order]
        .with_columns(
            *(pl.Series(key, values) for key, values in names.items()), pl.Series("probability", p[order].max(axis=1))
        )
    )


def _provenance(
    card: ModelCard, folder: Path, source: Path | None, predictions: pl.DataFrame | None, data: Path | None
) -> Provenance:
    found: dict[str, tuple[Path, str, int]] = {}
    if source is not None and predictions is not None:
        found[OUT_OF_FOLD] = source, "out-of-fold predictions", predictions.height
    found |= {name: (folder / name, "model", 0) for name in card.files}
    if data is not None:
        found["emtract_tagged/tagged.parquet"] = (tagged_path(data), "tagged sample", read_tagged_posts(data).height)
        for part, path in stockemotions_paths(data).items():
            found[f"stockemotions/{part}.csv"] = (path, "StockEmotions", read_stockemotions_posts(data, [part]).height)
    return Provenance(
        versions={"python": platform.python_version(), **{name: version(name) for name in _VERSIONED}},
        scorer=card.name,
        revision=card.revision,
        cleaner=card.cleaner,
        settings={key: _flat(value) for key, value in card.recipe.items()},
        inputs=tuple(_input(name, path, kind, rows) for name, (path, kind, rows) in sorted(found.items())),
        sql={},
    )


def _flat(value: Any) -> str | int | float | None:
    return value if isinstance(value, str | int | float) or value is None else json.dumps(value, sort_keys=True)


def _input(name: str, path: Path, kind: str, rows: int) -> InputFile:
    data = path.read_bytes()
    return InputFile(name, kind, hashlib.sha256(data).hexdigest(), len(data), rows, 0)

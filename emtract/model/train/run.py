"""The whole of a training run: joint stage, cross-validation, final model, export, card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emtract.errors import ModelError
from emtract.extras import demand
from emtract.model.card import MODEL_FOLDER
from emtract.model.train.corpora import read_corpora, read_stances, read_tagged, read_unlabelled
from emtract.model.train.draws import draw_posts, draw_unseen, joint_sample
from emtract.model.train.recipe import read_fast_recipe, read_recipe, read_values
from emtract.model.train.tokens import build_tokenizer, find_encoder
from emtract.workers import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from emtract.model.card import ModelCard
    from emtract.model.train.recipe import Recipe
    from emtract.model.train.validation import OutOfFold


@dataclass(frozen=True)
class TrainReport:
    """What a training run made.

    Attributes
    ----------
    folder
        The model folder, for `load_scorer`.
    card
        Its card, out-of-fold metrics included.
    out_of_fold
        The predictions behind the metrics.
    """

    folder: Path
    card: ModelCard
    out_of_fold: OutOfFold


def train_recipe(
    source: str,
    data_folder: Path,
    encoder_folder: Path | None,
    out_folder: Path,
    teacher_folder: Path | None,
    *,
    device: str = "cpu",
    progress: Callable[[str, int, int], None] | None = None,
) -> Path:
    """Train what a recipe describes, by its name or path, and return the folder with its page.

    A recipe without a graph is a teacher's, one without a joint stage is the fast model's: see `train_teacher`, `train`
    and `train_fast`.

    Parameters
    ----------
    source
        Name of a recipe of the package, or path of a TOML file.
    data_folder
        Folder that holds `emtract_tagged` and the corpora that the recipe names.
    encoder_folder
        Folder of the base encoder; None looks for the installed package. The fast model needs none.
    out_folder
        Folder of checkpoints and, beneath it, of the model; made if missing.
    teacher_folder
        For the fast model the output of a finished run of the default one; for a recipe whose `[distil]` names a
        `teacher` the output of a finished `train_teacher`; None elsewhere.
    device
        Device of torch: cpu, cuda; the fast model is trained on the cpu.
    progress
        Called with the stage, its steps done and its steps in all.

    Returns
    -------
    Path
        The folder that holds `README.md`: `model` beneath `out_folder`, or `out_folder` for a teacher.

    Raises
    ------
    ModelError, SourceError
        The recipe, the libraries, the encoder, the teacher or a corpus are missing or are not what they should be.
    """
    _demand_libraries()
    import torch

    # The command line gives NumPy one thread by a variable that torch reads too.
    torch.set_num_threads(available_cores())
    values = read_values(source)
    if "joint" not in values:
        from emtract.model.train.fast import train_fast

        if teacher_folder is None:
            raise ModelError(
                "the recipe fast learns from a finished run of the recipe default; give its folder as --teacher"
            )
        return train_fast(read_fast_recipe(source), data_folder, teacher_folder, out_folder, progress=progress).folder
    recipe = read_recipe(source)
    if not recipe.graph:
        from emtract.model.train.teacher import train_teacher

        return train_teacher(recipe, data_folder, encoder_folder, out_folder, device=device, progress=progress).folder
    return train(
        recipe, data_folder, encoder_folder, out_folder, teacher_folder=teacher_folder, device=device, progress=progress
    ).folder


def train(
    recipe: Recipe,
    data_folder: Path,
    encoder_folder: Path | None,
    out_folder: Path,
    *,
    folds: Sequence[int] = (1, 2, 3, 4),
    teacher_folder: Path | None = None,
    device: str = "cpu",
    progress: Callable[[str, int, int], None] | None = None,
) -> TrainReport:
    """Train, cross-validate and export a model.

    Parameters
    ----------
    recipe
        Hyper-parameters; see `read_recipe`.
    data_folder
        Folder that holds `emtract_tagged` and the corpora that the recipe names.
    encoder_folder
        Folder of the base encoder; None looks for the installed package.
    out_folder
        Folder of checkpoints, one a stage: a stage whose recipe, vocabulary and encoder are unchanged is not run again.
        The model is written to `model` beneath it.
    folds
        Folds of the tagged sample: each is tested by a model trained on the others, and all train the final model.
    teacher_folder
        Folder of a finished `train_teacher` on the same folds; needed where the recipe's `[distil]` names a `teacher`.
    device
        Device of torch: cpu, cuda.
    progress
        Called with the stage, its steps done and its steps in all.

    Returns
    -------
    TrainReport
        Where the model is, and how good.

    Raises
    ------
    ModelError, SourceError
        The training libraries, the encoder or a corpus are missing or are not what they should be.
    """
    _demand_libraries()
    from emtract.model.train.stages import FINAL, Part, Run, Start, run_adapt, run_joint
    from emtract.model.train.teacher import open_teacher
    from emtract.model.train.validation import cross_validate, export_final, measure_later

    taught = bool(recipe.distil and recipe.distil.teacher)
    if taught and teacher_folder is None:
        raise ModelError(
            f"the recipe {recipe.name} learns from a teacher too; train one with --recipe teacher, and give --teacher FOLDER"
        )
    out_folder.mkdir(parents=True, exist_ok=True)
    encoder = find_encoder(encoder_folder)
    run = Run(recipe, encoder, out_folder, build_tokenizer(encoder), device, progress)
    sample = read_tagged(data_folder, first_reading=recipe.first_reading)
    corpora, dropped = joint_sample(read_corpora(data_folder, recipe.rows), sample, recipe)
    stages = (recipe.adapt, recipe.distil)
    posts = read_unlabelled(data_folder, {name for stage in stages if stage for name in stage.posts})
    rng = np.random.default_rng(recipe.seed)
    unlabelled = [draw_posts(stage, posts, sample, rng) for stage in stages]
    adapted = run_adapt(run, recipe.adapt, unlabelled[0], corpora) if recipe.adapt else None
    teacher = open_teacher(teacher_folder, device=device) if taught and teacher_folder else None
    start = Start(
        run_joint(run, corpora, adapted),
        sample,
        unlabelled[1],
        teacher,
        labels={head: labels for corpus in corpora for head, labels in corpus.labels.items()},
        stances=read_stances(data_folder) if recipe.stance else {},
    )
    predictions = cross_validate(run, start, folds)
    final = Part(run, start, folds, FINAL).train()
    data: dict[str, Any] = {
        "joint_rows": {corpus.name: len(corpus.texts) for corpus in corpora},
        "joint_rows_dropped_as_tagged": dropped,
        "tagged_rows": int(np.isin(sample.folds, folds).sum()),
    }
    if teacher:
        data["teacher"] = teacher.notes()
    later = None
    if recipe.later:
        by_time = read_tagged(data_folder, first_reading=recipe.first_reading, split="time")
        later = measure_later(run, start, by_time, folds)
    unseen = draw_unseen(data_folder, recipe.unseen, sample, recipe.seed)
    card = export_final(run, final, predictions, data, unseen=unseen, later=later)
    return TrainReport(out_folder / MODEL_FOLDER, card, predictions)


def _demand_libraries() -> None:
    demand("train", "training", error=ModelError)

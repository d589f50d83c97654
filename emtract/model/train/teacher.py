"""A larger network that is cross-fitted over the folds and only teaches: its training, and what it says of texts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.errors import ModelError
from emtract.model.scorer import Scores, softmax
from emtract.model.train.corpora import TAGGED, read_corpora, read_tagged
from emtract.model.train.document import teacher_document
from emtract.model.train.draws import joint_sample
from emtract.model.train.loop import encode, infer
from emtract.model.train.network import read_notes
from emtract.model.train.recipe import build_recipe
from emtract.model.train.scaling import fit_temperature, measure_folds, temper_by_fold
from emtract.model.train.stages import FINAL, Part, Run, Start, fold_name, load_tagged, member_path, run_joint
from emtract.model.train.tokens import build_tokenizer, find_encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.model.train.corpora import FloatArray
    from emtract.model.train.recipe import Recipe
    from emtract.model.train.stages import StageProgress

#: What a finished run of a teacher says of itself.
TEACHER: Final = "teacher.json"


@dataclass(frozen=True)
class TeacherReport:
    """What a training run of a teacher made.

    Attributes
    ----------
    folder
        Its networks, one a fold.
    metrics
        Out-of-fold metrics as in a model card.
    probabilities
        Out-of-fold probabilities of each tagged text before temperature, shape (n, 7).
    """

    folder: Path
    metrics: dict[str, Any]
    probabilities: FloatArray


def train_teacher(
    recipe: Recipe,
    data_folder: Path,
    encoder_folder: Path | None,
    out_folder: Path,
    *,
    folds: Sequence[int] = (1, 2, 3, 4),
    device: str = "cpu",
    progress: StageProgress | None = None,
) -> TeacherReport:
    """Train a teacher for each fold, on the other folds; nothing is exported.

    Parameters
    ----------
    recipe
        Hyper-parameters; stages 1 and 2 are run.
    data_folder
        Folder that holds `emtract_tagged` and the corpora that the recipe names.
    encoder_folder
        Folder of the base encoder, such as MPNet base; None takes the installed package of the default model's.
    out_folder
        Folder of checkpoints; a stage that nothing has changed is not run again.
    folds
        Folds of the tagged sample.
    device
        Device of torch.
    progress
        Called with the stage, its steps done and its steps in all.

    Raises
    ------
    ModelError, SourceError
        The encoder or a corpus is missing or is not what it should be.
    """
    out_folder.mkdir(parents=True, exist_ok=True)
    encoder = find_encoder(encoder_folder)
    run = Run(recipe, encoder, out_folder, build_tokenizer(encoder), device, progress)
    sample = read_tagged(data_folder, first_reading=recipe.first_reading)
    corpora, _ = joint_sample(read_corpora(data_folder, recipe.rows), sample, recipe)
    labels = {head: labels for corpus in corpora for head, labels in corpus.labels.items()}
    start = Start(run_joint(run, corpora), sample, labels=labels)
    probabilities = np.zeros((len(sample.labels), sample.corpus.targets[TAGGED].shape[1]), np.float32)
    for fold in folds:
        _ = Part(run, start, [other for other in folds if other != fold], fold_name(fold)).members
        own = np.flatnonzero(sample.folds == fold)
        texts = [sample.corpus.texts[row] for row in own]
        probabilities[own] = NetworkReader(run, fold_name(fold)).score(texts).probabilities
    rows = np.flatnonzero(np.isin(sample.folds, folds))
    metrics = _measure(probabilities[rows], sample.labels[rows], sample.folds[rows])
    said = {"recipe": recipe.values(), "encoder": str(encoder.resolve()), "folds": [*folds], "metrics": metrics}
    (out_folder / TEACHER).write_text(json.dumps(said, indent=1), encoding="utf-8")
    (out_folder / "README.md").write_text(teacher_document(recipe.name, metrics), encoding="utf-8")
    return TeacherReport(out_folder, metrics, probabilities[rows])


def _measure(probabilities: FloatArray, labels: Any, folds: Any) -> dict[str, Any]:
    spreads, by_fold = measure_folds(temper_by_fold(probabilities, labels, folds), labels, folds)
    return {"temperature": fit_temperature(probabilities, labels), "out_of_fold": spreads, "by_fold": by_fold}


@dataclass(frozen=True)
class Teacher:
    """A finished run of `train_teacher`.

    Attributes
    ----------
    run
        What its stages shared.
    folds
        Folds that it was cross-fitted over.
    """

    run: Run
    folds: tuple[int, ...]

    def networks(self, name: str) -> list[NetworkReader]:
        """Return who teaches a part: of `fold-K` the network that read nothing of fold K, of `final` every fold's."""
        names = [fold_name(fold) for fold in self.folds]
        return [NetworkReader(self.run, own) for own in ([name] if name in names else names)]

    def key(self, name: str) -> str:
        """Digest of what decides who teaches this part."""
        return "+".join(network.revision for network in self.networks(name))

    def notes(self) -> dict[str, Any]:
        """Return its recipe, its encoder's name and its key, for the card of what learns from it."""
        return {"recipe": self.run.recipe.values(), "encoder": self.run.encoder.name, "key": self.key(FINAL)}


@dataclass(frozen=True)
class NetworkReader:
    """The members of one part as a reader of texts: the mean of their probabilities."""

    run: Run
    name: str

    @property
    def paths(self) -> list[Path]:
        """Files of the networks."""
        return [member_path(self.run, self.name, member) for member in range(self.run.recipe.members)]

    @property
    def revision(self) -> str:
        """The checkpoint's key: recipe, cleaner, vocabulary, encoder, folds."""
        for path in self.paths:
            if not path.is_file():
                raise ModelError(f"{path} is missing; finish the teacher: emtract model train --recipe teacher")
        return "+".join(str(read_notes(path)["key"]) for path in self.paths)

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts, before any temperature."""
        recipe = self.run.recipe
        ids = encode(texts, self.run.tokenizer, max_length=recipe.max_length)
        said = [
            softmax(infer(load_tagged(self.run, path), ids, TAGGED, device=self.run.device, precision=recipe.precision))
            for path in self.paths
        ]
        lengths = np.array([len(row) - 2 for row in ids], np.int32)
        return Scores(np.mean(said, axis=0, dtype=np.float32), lengths, lengths >= recipe.max_length - 2)


def open_teacher(folder: Path, *, device: str = "cpu") -> Teacher:
    """Open a finished run of a teacher.

    Raises
    ------
    ModelError
        The folder holds none, or its encoder has moved.
    """
    try:
        said = json.loads((folder / TEACHER).read_text(encoding="utf-8"))
        recipe, encoder = build_recipe(said["recipe"]), find_encoder(Path(said["encoder"]))
        folds = tuple(said["folds"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder} holds no finished teacher ({error}); run: emtract model train --recipe teacher -o {folder}"
        ) from error
    return Teacher(Run(recipe, encoder, folder, build_tokenizer(encoder), device), folds)

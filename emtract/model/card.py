"""`model.json`: what a model folder holds, for which cleaner, and how good it measured."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from emtract.atomic import write_whole
from emtract.emotions import EMOTIONS, STANCES
from emtract.errors import ModelError
from emtract.text import CLEANER_VERSION
from emtract.text.rules import TRAINED_ON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emtract.model.evaluate import Labels, Probabilities

CARD: Final = "model.json"
GRAPH: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
TENSORS: Final = "model.safetensors"
#: The graph's output of the emotions; the output of the stances bears the name of its head.
LOGITS: Final = "logits"
#: Folder of the finished model, in the folder of its training run.
MODEL_FOLDER: Final = "model"
#: An encoder as an ONNX graph, or a static model.
ModelKind = Literal["encoder", "static"]
_FILES: Final[dict[str, tuple[str, ...]]] = {"encoder": (GRAPH, TOKENIZER), "static": (TENSORS,)}


@dataclass(frozen=True)
class ModelCard:
    """Contents of `model.json`.

    Attributes
    ----------
    name
        Name of the model.
    cleaner
        Version of the cleaner whose texts it was trained on; it reads texts of every later one in `TRAINED_ON`.
    labels
        Labels in the order of the graph's outputs.
    max_length
        Longest input in tokens, [CLS] and [SEP] included; 0 where no text is cut.
    files
        File name -> SHA-256 of its bytes.
    temperature
        What the logits were divided by; already inside the file.
    metrics
        Out-of-fold metrics, written by the training code.
    recipe
        Hyper-parameters.
    data
        Corpus -> rows used.
    kind
        Which scorer reads the folder.
    scaling
        `slopes` and `shifts` of the log-probabilities, one a label (vector scaling, Guo et al. 2017); already inside the
        graph. Empty where there is none.
    stances
        Stances in the order of the graph's second output; empty where the model reads none.
    stance_scaling
        As `scaling`, of the stances.
    misreading
        How it reads posts of each emotion that it never saw, as `emtract.misreading.Misreading.to_plain` gives it; empty of a
        model that was made without, as of one for which nothing was held out.
    """

    name: str
    cleaner: str
    labels: tuple[str, ...]
    max_length: int
    files: Mapping[str, str]
    temperature: float = 1.0
    metrics: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    kind: ModelKind = "encoder"
    scaling: Mapping[str, Sequence[float]] = field(default_factory=dict)
    stances: tuple[str, ...] = ()
    stance_scaling: Mapping[str, Sequence[float]] = field(default_factory=dict)
    misreading: Mapping[str, Any] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        """Twelve hexadecimal digits of all that a score depends on: the files' digests, the cut, and the stances if any."""
        parts = [*sorted(self.files.items()), self.max_length, self.cleaner, *([self.stances] if self.stances else [])]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """Text of `model.json`, the revision included for readers."""
        return json.dumps({"revision": self.revision, **asdict(self)}, indent=2) + "\n"


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_card(
    folder: Path,
    name: str,
    *,
    max_length: int = 0,
    temperature: float = 1.0,
    kind: ModelKind = "encoder",
    scaling: Mapping[str, Sequence[float]] | None = None,
    stances: tuple[str, ...] = (),
    stance_scaling: Mapping[str, Sequence[float]] | None = None,
    notes: Mapping[str, Mapping[str, Any]] | None = None,
) -> ModelCard:
    """Write the card of a folder whose other files are written; it is of this cleaner and the seven emotions.

    Parameters
    ----------
    folder
        Holds the files of its kind.
    name, max_length, temperature, kind, scaling, stances, stance_scaling
        See `ModelCard`.
    notes
        `metrics`, `recipe` and `data` of the card.
    """
    card = ModelCard(
        name=name,
        cleaner=CLEANER_VERSION,
        labels=EMOTIONS,
        max_length=max_length,
        files={file: file_digest(folder / file) for file in _FILES[kind]},
        temperature=temperature,
        kind=kind,
        scaling=scaling or {},
        stances=stances,
        stance_scaling=stance_scaling or {},
        **{key: dict(value) for key, value in (notes or {}).items()},
    )
    write_whole(folder / CARD, card.to_json())
    return card


def add_misreading(folder: Path, card: ModelCard, *, probabilities: Probabilities, labels: Labels) -> ModelCard:
    """Write into the card of a finished folder how its model reads posts of each emotion, and return the card.

    Parameters
    ----------
    folder, card
        Of the model.
    probabilities
        Out of fold: of each tagged post by a model that learned from others, calibrated by others, shape (n, 7).
    labels
        Index of the tagged emotion in `EMOTIONS`, shape (n,).
    """
    how = f"out of fold on {len(labels):,} tagged posts, each read by a model that learned from the other folds"
    from emtract.misreading import misreading_of

    found = misreading_of(probabilities, labels, scorer=card.name, revision=card.revision, how=how)
    told = replace(card, misreading=found.to_plain())
    write_whole(folder / CARD, told.to_json())
    return told


def read_card(folder: Path) -> ModelCard:
    """Read and verify the card of a model folder.

    Raises
    ------
    ModelError
        The card is missing or damaged, a file differs from its digest, the labels are not the seven emotions in order or
        the stances not the three, or the model was trained for a cleaner whose texts read otherwise.
    """
    path = folder / CARD
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        known = {item.name for item in fields(ModelCard)}
        told = {key: value for key, value in values.items() if key in known}
        card = ModelCard(**told | {"stances": tuple(told.get("stances", ()))})
        _verify(card, folder, values.get("revision"))
    except FileNotFoundError as error:
        raise ModelError(f"{folder} holds no {CARD}; give a folder written by `emtract model train`") from error
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read ({error}); reinstall emtract or train the model again") from error
    return card


def _verify(card: ModelCard, folder: Path, revision: str | None) -> None:
    if tuple(card.labels) != EMOTIONS:
        raise ModelError(f"{folder}: labels {card.labels} are not {EMOTIONS}; export the model again")
    if card.stances not in ((), STANCES):
        raise ModelError(f"{folder}: stances {card.stances} are not {STANCES}; export the model again")
    if card.cleaner not in TRAINED_ON:
        raise ModelError(
            f"model {card.name} was trained for cleaner {card.cleaner}, this is cleaner {CLEANER_VERSION}; "
            "train it again, or install the emtract that it came with"
        )
    if card.kind not in _FILES:
        raise ModelError(f"{folder}: no scorer reads a model of kind {card.kind!r}; install a newer emtract")
    for name in _FILES[card.kind]:
        if not (folder / name).is_file() or card.files.get(name) != file_digest(folder / name):
            raise ModelError(f"{folder / name} is missing or damaged; reinstall emtract or export the model again")
    if revision != card.revision:
        raise ModelError(f"{folder / CARD} was edited: revision {revision} should be {card.revision}; export it again")
    if card.misreading:
        from emtract.misreading import from_plain

        from_plain(card.misreading).check(card.name, card.revision)

"""The stages of a training run, each kept as safetensors and reused when nothing that decides it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from emtract.emotions import EMOTIONS, STANCE, STANCES
from emtract.errors import ModelError
from emtract.model.scorer import softmax
from emtract.model.train.contrast import contrast_corpus
from emtract.model.train.corpora import GROUPINGS, TAGGED, Corpus, FloatArray, TaggedSample
from emtract.model.train.draws import draw, without_texts
from emtract.model.train.halfway import Halfway
from emtract.model.train.loop import Examples, encode, fit, infer, join
from emtract.model.train.masked import emotional_words, fit_masked, token_weights
from emtract.model.train.network import (
    Network,
    build_network,
    group_rows,
    load_network,
    read_by_teacher,
    read_notes,
    save_network,
    with_heads,
)
from emtract.model.train.words import read_by_words
from emtract.text import CLEANER_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model.train.recipe import Adapt, Distil, Prune, Recipe, Stage
    from emtract.model.train.teacher import Teacher

#: Told which stage runs, and how many of its steps are done.
StageProgress = Callable[[str, int, int], None]
_HEADS: Final = {TAGGED: len(EMOTIONS)}
#: Quarters by date that a network of the earlier messages learns from, and its name.
EARLIER: Final = (1, 2, 3)
LATER: Final = "later"
#: Name of the part that learns from all folds.
FINAL: Final = "final"
_BOTH: Final = {**_HEADS, STANCE: len(STANCES)}


@dataclass(frozen=True)
class Run:
    """What all stages of one training run share."""

    recipe: Recipe
    encoder: Path
    folder: Path
    tokenizer: Any
    device: str
    progress: StageProgress | None = None

    def key(self, *parts: str) -> str:
        """Digest of the parts of the recipe, of cleaner and vocabulary, that a stage rests on."""
        vocabulary = hashlib.sha256(self.tokenizer.to_str().encode()).hexdigest()
        encoder = (self.encoder / "model.safetensors").stat().st_size
        common = ("seed", "max_length", "dropout", "precision")
        text = "|".join([self.recipe.digest(*common, *parts), CLEANER_VERSION, vocabulary, str(encoder)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def report(self, stage: str) -> Callable[[int, int], None] | None:
        """Progress of one stage."""
        return partial(self.progress, stage) if self.progress else None


@dataclass(frozen=True)
class Start:
    """What the stages after the joint one start from.

    Attributes
    ----------
    joint
        Stage 1's network.
    sample
        The tagged sample.
    posts
        Unlabelled posts of stage 3; empty where the recipe has none.
    teacher
        A finished larger network; needed where stage 3 gives it a weight.
    labels
        Head of stage 1 -> its labels in order; needed where the recipe's head starts from them.
    stances
        Text of a post -> place of its writer's stance in `STANCES`; needed where the recipe asks for the stance.
    """

    joint: Path
    sample: TaggedSample
    posts: Sequence[str] = ()
    teacher: Teacher | None = None
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    stances: Mapping[str, int] = field(default_factory=dict)


def run_adapt(run: Run, stage: Adapt, posts: Sequence[str], corpora: Sequence[Corpus]) -> Path:
    """Stage 0: masked language modelling on unlabelled posts.

    Parameters
    ----------
    run
        What all stages share.
    stage
        The optimisation.
    posts
        Cleaned texts.
    corpora
        Labelled corpora: they say which words carry emotion, and those are masked more often.

    Returns
    -------
    Path
        The network's file; as it is where nothing that decides it has changed.
    """
    path = run.folder / "adapt.safetensors"
    key = run.key("rows", "adapt")
    if _is_done(path, key):
        return path
    recipe = run.recipe
    network = build_network(run.encoder, _HEADS, dropout=recipe.dropout, seed=recipe.seed)
    losses = fit_masked(
        network,
        encode(posts, run.tokenizer, max_length=recipe.max_length),
        token_weights(run.tokenizer, emotional_words(corpora)),
        stage,
        mask_id=run.tokenizer.token_to_id("[MASK]"),
        seed=recipe.seed,
        device=run.device,
        precision=recipe.precision,
        progress=run.report("adapt"),
    )
    save_network(network, path, {"key": key, "heads": _HEADS, "losses": losses, "texts": len(posts)})
    return path


def run_joint(run: Run, corpora: Sequence[Corpus], adapted: Path | None = None) -> Path:
    """Stage 1 over drawn corpora, from stage 0's encoder if there is one.

    Each example is seen once, since the draw already repeats them by epochs.

    Parameters
    ----------
    run
        What all stages share.
    corpora
        As `joint_sample` draws them; each of their heads becomes one of the network's.
    adapted
        File of stage 0's network; None starts from the base encoder.

    Returns
    -------
    Path
        The network's file; as it is where nothing that decides it has changed.
    """
    path = run.folder / "joint.safetensors"
    key = run.key("rows", "joint", "adapt")
    if _is_done(path, key):
        return path
    recipe = run.recipe
    examples = join(corpora, run.tokenizer, max_length=recipe.max_length)
    if adapted is None:
        network = build_network(run.encoder, _sizes(examples), dropout=recipe.dropout, seed=recipe.seed)
    else:
        network = with_heads(_load(run, adapted), _sizes(examples), seed=recipe.seed)
    return _fit(run, network, examples, replace(recipe.joint, epochs=1), path, key)


@dataclass(frozen=True, eq=False)
class Part:
    """Stages 2 to 4 on the texts of some folds; no text of another fold is seen.

    Attributes
    ----------
    run
        What all stages share.
    start
        Stage 1's network, the tagged sample, and what stage 3 needs.
    folds
        Folds of the tagged sample that are learned from.
    name
        Stem of the checkpoints' names: `fold_name(K)` for the folds without K, `FINAL` for all.
    """

    run: Run
    start: Start
    folds: Sequence[int]
    name: str

    def train(self) -> Path:
        """Run the stages that the recipe has, and return the file of the last one's network.

        Raises
        ------
        ModelError
            Stage 3's encoder lacks a layer that stage 4 is to keep.
        """
        recipe = self.run.recipe
        if recipe.distil is None:
            return self.members[0]
        student = self._distil(recipe.distil)
        return self._prune(recipe.prune, student) if recipe.prune else student

    @cached_property
    def members(self) -> list[Path]:
        """Stage 2 from stage 1's encoder: the files of one network a member of the recipe, in their order."""
        return [self._member(member) for member in range(self.run.recipe.members)]

    @cached_property
    def lesson(self) -> Examples:
        """Texts and targets of stages 3 and 4; the members learned from these folds, so that no other reaches the targets."""
        run, start, stage = self.run, self.start, self.run.recipe.distil
        assert stage is not None  # noqa: S101
        texts = [*self._tagged.texts, *start.posts]
        told = self.read(texts)
        if start.teacher and stage.teacher:
            said = self._taught(start.teacher)
            told = np.float32(1 - stage.teacher) * told + np.float32(stage.teacher) * said
        if stage.words:
            said = read_by_words(self._tagged.texts, self.start.sample.labels[self._rows], start.posts)
            told = np.float32(1 - stage.words) * told + np.float32(stage.words) * said
        size, tags = len(self._tagged.texts), self._tagged.targets[TAGGED]
        tags = np.float32(1 - stage.trust) * tags + np.float32(stage.trust) * told[:size]
        ruled = [corpus.targets[TAGGED] for corpus in self._ruled]
        targets = {TAGGED: np.vstack([*[tags] * stage.repeats, *ruled, told[size:]])}
        repeated = [*self._tagged.texts * stage.repeats, *(text for c in self._ruled for text in c.texts), *start.posts]
        if run.recipe.stance:
            targets[STANCE] = _stance_targets(repeated, start.stances)
        return Examples(encode(repeated, run.tokenizer, max_length=run.recipe.max_length), targets)

    def _taught(self, teacher: Teacher) -> FloatArray:
        """What the teacher says of the tagged texts and the posts: the mean of its networks, each read once for all parts."""
        run, texts = self.run, [*self.start.sample.corpus.texts, *self.start.posts]
        rows = [*self._rows, *range(len(self.start.sample.labels), len(texts))]
        said = []
        for network in teacher.networks(self.name):
            kept = run.folder / f"read-by-teacher-{network.name}.safetensors"
            told = read_by_teacher(network, texts, kept, progress=run.report(f"{network.name}: teacher"))
            said.append(told[rows])
        return np.asarray(np.mean(said, axis=0), np.float32)

    @cached_property
    def _rows(self) -> NDArray[np.intp]:
        return np.flatnonzero(np.isin(self.start.sample.folds, self.folds))

    @cached_property
    def _tagged(self) -> Corpus:
        return self.start.sample.corpus.take(self._rows)

    @cached_property
    def _ruled(self) -> list[Corpus]:
        """Posts written by rule, if the recipe has any; none that stands in the tagged sample, whatever its fold."""
        if not (rows := self.run.recipe.contrast):
            return []
        free = without_texts(contrast_corpus(), self.start.sample.corpus.texts)
        return [draw(free, rows, np.random.default_rng(self.run.recipe.seed))]

    def _key(self, *parts: str) -> str:
        every = ("rows", "adapt", "joint", "tagged", "head", "first_reading", "contrast", *parts)
        by_time = f"-{self.start.sample.split}" * (self.start.sample.split != "random")
        return self.run.key(*every) + "-" + ",".join(map(str, self.folds)) + by_time

    def _member(self, member: int) -> Path:
        recipe = self.run.recipe
        path = member_path(self.run, self.name, member)
        key = self._key() + f"-{member}" * (member > 0)
        if _is_done(path, key):
            return path
        network = _from_joint(self.run, self.start, member)
        examples = join([self._tagged], self.run.tokenizer, max_length=recipe.max_length)
        return _fit(self.run, network, examples, recipe.tagged, path, key, member=member)

    def _distil(self, stage: Distil) -> Path:
        """Stage 3: from stage 1's encoder, learn the mean probabilities of members and teacher, mixed with tags if any."""
        path, key = self.run.folder / f"{self.name}.safetensors", self._distil_key(stage)
        if _is_done(path, key):
            return path
        network = _from_joint(self.run, self.start, member=0, heads=_BOTH if self.run.recipe.stance else _HEADS)
        return _fit(self.run, network, self.lesson, stage, path, key)

    def _distil_key(self, stage: Distil) -> str:
        key, teacher = self._key("members", "distil", "stance"), self.start.teacher
        return f"{key}-{teacher.key(self.name)}" if teacher and stage.teacher else key

    def _prune(self, stage: Prune, student: Path) -> Path:
        """Stage 4: some layers of stage 3's network learn what it learned."""
        assert self.run.recipe.distil is not None  # noqa: S101
        path = self.run.folder / f"{self.name}-pruned.safetensors"
        key = f"{self._distil_key(self.run.recipe.distil)}-{self.run.recipe.digest('prune')}"
        if _is_done(path, key):
            return path
        network = load_tagged(self.run, student)
        network.keep_layers(stage.layers)
        if stage.units:
            network.keep_units(stage.units)
        return _fit(self.run, network, self.lesson, stage, path, key, shape=stage)

    def read(self, texts: Sequence[str]) -> FloatArray:
        """Mean of the members' probabilities of cleaned texts, before any scaling, shape (n, 7)."""
        run = self.run
        ids = encode(texts, run.tokenizer, max_length=run.recipe.max_length)
        total = np.zeros((len(texts), len(EMOTIONS)), dtype=np.float32)
        for done, path in enumerate(self.members, 1):
            network = load_tagged(run, path)
            total += softmax(infer(network, ids, TAGGED, device=run.device, precision=run.recipe.precision))
            if report := run.report(f"{self.name}: reading posts"):
                report(done, len(self.members))
        return total / np.float32(len(self.members))


def fold_name(fold: int) -> str:
    """Name of the part that learns from every fold but this one."""
    return f"fold-{fold}"


def member_path(run: Run, name: str, member: int) -> Path:
    """File of a network of stage 2.

    Parameters
    ----------
    run
        What all stages share.
    name
        Stem of the part's checkpoints, see `Part`.
    member
        Its number, from 0; a recipe of one member has no number in the name.
    """
    return run.folder / f"{name}{f'-member-{member}' * (run.recipe.members > 1)}.safetensors"


def _stance_targets(texts: Sequence[str], stances: Mapping[str, int]) -> FloatArray:
    rows = np.eye(len(STANCES) + 1, len(STANCES), dtype=np.float32)
    return rows[[stances.get(text, len(STANCES)) for text in texts]]


def _from_joint(run: Run, start: Start, member: int, heads: Mapping[str, int] = _HEADS) -> Network:
    """Stage 1's encoder with a head that starts where the recipe says; members that draw theirs draw them anew.

    The head of the stance goes on where stage 1 left it.
    """
    before = _load(run, start.joint)
    network = with_heads(before, heads, seed=run.recipe.seed + member)
    if STANCE in heads:
        if STANCE not in before.heads:
            raise ModelError("no head of stage 1 reads the stance; add stocktwits to [rows], or leave stance out")
        network.heads[STANCE].load_state_dict(before.heads[STANCE].state_dict())
    if run.recipe.head == "joint":
        known = [head for head in before.heads if head in GROUPINGS]
        if not known:
            raise ModelError(
                f"no head of stage 1 can start another; add {' or '.join(GROUPINGS)} to [rows], or leave head out"
            )
        emotions = [GROUPINGS[head].get(label) for head in known for label in start.labels[head]]
        owners = [None if emotion is None else EMOTIONS.index(emotion) for emotion in emotions]
        group_rows(network.heads[TAGGED], [before.heads[head] for head in known], owners)
    return network


def load_tagged(run: Run, path: Path) -> Network:
    """Load the network of a finished stage 2, 3 or 4."""
    return _load(run, path)


def _load(run: Run, path: Path) -> Network:
    notes = read_notes(path)
    network = build_network(run.encoder, notes["heads"], dropout=run.recipe.dropout, seed=run.recipe.seed)
    if layers := notes.get("layers"):
        network.keep_layers(layers)
    if units := notes.get("units"):
        network.keep_units(units)
    return load_network(network, path)


def _sizes(examples: Examples) -> dict[str, int]:
    return {head: target.shape[1] for head, target in examples.targets.items()}


def _is_done(path: Path, key: str) -> bool:
    return path.is_file() and read_notes(path).get("key") == key


def _fit(
    run: Run,
    network: Network,
    examples: Examples,
    stage: Stage,
    path: Path,
    key: str,
    *,
    member: int = 0,
    shape: Prune | None = None,
) -> Path:
    recipe = run.recipe
    halfway = Halfway(path.with_suffix(".halfway"), key)
    losses = fit(
        network,
        examples,
        stage,
        seed=recipe.seed + member,
        device=run.device,
        precision=recipe.precision,
        progress=run.report(path.stem),
        halfway=halfway,
    )
    threads = torch.get_num_threads()
    notes = {"key": key, "heads": _sizes(examples), "losses": losses, "texts": len(examples.ids), "threads": threads}
    if shape:
        notes |= {"layers": [*shape.layers], "units": shape.units}
    save_network(network, path, notes)
    halfway.leave()
    return path

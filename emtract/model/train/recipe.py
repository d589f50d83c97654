"""Hyper-parameters of a model, as frozen data read from a TOML file."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args

from emtract.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T", bound="Recipe | Stage")
Precision = Literal["fp32", "bf16"]
Head = Literal["joint"]
_RECIPES: Final = Path(__file__).parent / "recipes"


@dataclass(frozen=True)
class Stage:
    """One pass of optimisation.

    Attributes
    ----------
    epochs
        Times that each example is seen.
    batch_size
        Examples a step.
    learning_rate
        Peak of the encoder's rate: it rises linearly over `warmup` (a share of the steps) and falls linearly to zero.
    head_rate
        The same of the classification heads, which start from noise.
    weight_decay
        Decoupled decay of AdamW (Loshchilov & Hutter 2019); none on biases and norms.
    smoothing
        Label smoothing: the share of a target spread evenly over the labels of its head.
    frozen
        Layers of the encoder, from below, that stay as they are, and the embeddings with them; none by default.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    head_rate: float
    warmup: float = 0.1
    weight_decay: float = 0.01
    smoothing: float = 0.05
    frozen: int | None = None


@dataclass(frozen=True)
class Adapt(Stage):
    """The optimisation of stage 0.

    Attributes
    ----------
    posts
        Unlabelled corpus -> posts drawn from it.
    """

    posts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Distil(Adapt):
    """The optimisation of stage 3; the whole target of an unlabelled post is the members' mean probabilities.

    Attributes
    ----------
    trust
        Weight of the members' probabilities in the target of a tagged text; the tag has the rest (Hinton et al. 2015).
    repeats
        Times that each tagged text is seen an epoch.
    teacher
        Weight of a teacher's probabilities, where the members' mean has the rest; no teacher by default.
    words
        Weight of a linear reader of words in what is told, see `read_by_words`, where members and teacher have the rest; no such
        reader without it.
    """

    trust: float = 0.5
    repeats: int = 1
    teacher: float | None = None
    words: float | None = None


@dataclass(frozen=True)
class Prune(Stage):
    """The optimisation of stage 4; it learns what stage 3 learned.

    Attributes
    ----------
    layers
        Layers of stage 3's encoder that are kept, from below, the first being 0 (Sanh et al. 2019 start a student from
        every other layer of its teacher).
    units
        Units that each layer's feed-forward part keeps: those whose weights, in and out, are largest (Michel et al. 2019
        and McCarley et al. 2019 prune heads and units so); all of them without it.
    """

    layers: Sequence[int] = ()
    units: int | None = None

    def __post_init__(self) -> None:
        if self.units is not None and self.units < 1:
            raise ModelError(f"[prune] keeps one unit or more of each feed-forward part, not {self.units}")
        layers = [*self.layers]
        if not layers or layers != sorted(set(layers)) or layers[0] < 0:
            raise ModelError(f"[prune] keeps layers in rising order, such as [0, 2, 5], not {layers}")


@dataclass(frozen=True)
class Recipe:
    """All that decides a model besides the data and the encoder.

    Attributes
    ----------
    name
        Name of the recipe, which names the model too.
    seed
        Seed of initial heads, dropout and order of examples.
    max_length
        Longest input in tokens, [CLS] and [SEP] included.
    dropout
        Dropout between pooling and heads.
    precision
        Arithmetic of the encoder; parameters and losses stay in fp32.
    rows
        Corpus -> examples drawn an epoch of the joint stage; more than the corpus holds repeats it.
    joint
        Stage 1: every corpus but the tagged sample, a head each.
    tagged
        Stage 2: the tagged folds.
    adapt
        Stage 0: masked language modelling on unlabelled finance posts; left out without it.
    head
        Where the head of stages 2 and 3 starts: fresh where there is none; `joint` takes the mean of stage 1's rows for the
        labels that a published grouping reads as the emotion.
    members
        Networks of stage 2, from different seeds; what a teacher says is their mean.
    distil
        Stage 3: one network learns what the members of stage 2 say together; needed where there are several.
    prune
        Stage 4: some layers of stage 3's encoder learn the same again; left out without it.
    left_out
        Ids of the encoder's vocabulary that the exported vocabulary lacks: names and titles, read by their parts.
    graph
        Whether the network is exported; a teacher, whose encoder is no BERT, is not.
    first_reading
        Weight of the tagged sample's first reading in its targets, see `read_tagged`; none without it.
    contrast
        Posts written by rule that stages 3 and 4 learn beside the tagged sample, see `contrast_corpus`; none without it.
    stance
        Whether stages 3 and 4 learn the writers' stance too, from the StockTwits posts among their unlabelled ones.
    unseen
        Later StockTwits messages, which nothing learned from: on them the final network is made as sure as the networks of the
        folds, see `match_scaling`, and its stances are calibrated and measured; none without it.
    later
        Whether the members are measured on the latest quarter of the tagged messages too, after learning from the earlier ones.
    """

    name: str
    seed: int
    max_length: int
    dropout: float
    precision: Precision
    rows: Mapping[str, int]
    joint: Stage
    tagged: Stage
    adapt: Adapt | None = None
    head: Head | None = None
    members: int = 1
    distil: Distil | None = None
    prune: Prune | None = None
    left_out: Sequence[int] | None = None
    graph: bool = True
    first_reading: float | None = None
    contrast: int | None = None
    stance: bool | None = None
    unseen: int | None = None
    later: bool | None = None

    def __post_init__(self) -> None:
        if self.members < 1 or (self.graph and (self.members > 1) != (self.distil is not None)):
            raise ModelError("a recipe has one member, or several and a [distil] stage; change members or [distil]")
        if self.prune and not self.distil:
            raise ModelError(
                "a recipe with [prune] has [distil] too, whose network it starts from; add it or leave [prune] out"
            )
        if self.stance and not (self.unseen and self.distil):
            raise ModelError(
                "a stance is learned in [distil] and calibrated on later messages; add [distil] and unseen = 20000, or leave "
                "stance out"
            )
        if self.head not in (None, *get_args(Head)):
            raise ModelError(
                f"a head starts from {', '.join(get_args(Head))}, not from {self.head!r}; or leave head out"
            )

    def values(self) -> dict[str, Any]:
        """Plain values of the parts that it has, at every depth: what `build_recipe` takes."""
        return _without_none(asdict(self))

    def digest(self, *parts: str) -> str:
        """Twelve hexadecimal digits of the named parts of the recipe that it has; all of them without names."""
        every = self.values()
        values = {key: value for key, value in every.items() if not parts or key in parts}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class FastRecipe:
    """All that decides a fast model besides the data and its teacher.

    Attributes
    ----------
    name
        Name of the recipe, which names the model too.
    seed
        Seed of the draw of posts, the first table and layers, dropout and order of texts.
    posts
        Corpus -> texts that the teacher labels; the corpora's own labels are left aside.
    words, least_words
        Most words of the vocabulary, and the texts that a word must stand in.
    pairs, least_pairs
        The same of pairs of neighbours.
    buckets
        Rows that the letter groups of all other words share.
    width, hidden
        Columns of the table, and units of the hidden layer.
    spread
        Standard deviation of the table at the start.
    epochs, batch_size, learning_rate
        The optimisation; the rate is the peak of a linear rise and fall.
    dropout, feature_dropout
        Share of the layers' inputs, and of a text's words and pairs, that a step does not see.
    trust
        Weight of the teacher's probabilities in the target of a tagged text; the tag has the rest (Hinton et al. 2015).
    tagged_weight
        Weight of a tagged text in the loss, where any other has one.
    """

    name: str
    seed: int
    posts: Mapping[str, int]
    words: int
    least_words: int
    pairs: int
    least_pairs: int
    buckets: int
    width: int
    hidden: int
    spread: float
    epochs: int
    batch_size: int
    learning_rate: float
    dropout: float
    feature_dropout: float
    trust: float
    tagged_weight: float


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what is None at every depth: a part that a recipe lacks leaves its digest as it was before parts of that kind."""
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if value is not None
    }


_STAGES: Final[dict[str, type[Stage]]] = {
    "adapt": Adapt,
    "joint": Stage,
    "tagged": Stage,
    "distil": Distil,
    "prune": Prune,
}


def known_recipes() -> tuple[str, ...]:
    """Names of the recipes in this package."""
    return tuple(sorted(path.stem for path in _RECIPES.glob("*.toml")))


def read_values(source: str | Path) -> dict[str, Any]:
    """Read a recipe file, by name or path, as plain values.

    Raises
    ------
    ModelError
        No recipe has the name, or the file is missing or no TOML.
    """
    path = _RECIPES / f"{source}.toml" if source in known_recipes() else Path(source)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        known = ", ".join(known_recipes())
        raise ModelError(
            f"the recipe {source} cannot be read ({error}); give one of {known}, or a TOML file"
        ) from error


def read_recipe(source: str | Path = "default") -> Recipe:
    """Read a recipe, by name or path.

    Raises
    ------
    ModelError
        The file is missing, is no TOML, or its keys are not the keys of `Recipe`.
    """
    return build_recipe(read_values(source))


def read_fast_recipe(source: str | Path = "fast") -> FastRecipe:
    """Read a recipe of a fast model, by name or path; raises `ModelError` where its keys are not the keys of `FastRecipe`."""
    values = read_values(source)
    known = {item.name for item in fields(FastRecipe)}
    if known != set(values):
        wrong = ", ".join(sorted(known ^ set(values)))
        raise ModelError(f"the recipe {source} names unknown keys or lacks some ({wrong}); compare it with fast.toml")
    return FastRecipe(**values)


def build_recipe(values: Mapping[str, Any]) -> Recipe:
    """Return the recipe of plain values, as `asdict` gives them; raises `ModelError` where their keys are not those."""
    _check_keys(Recipe, values, "the recipe")
    stages = {
        name: _build(kind, values.get(name, {}), f"[{name}]")
        for name, kind in _STAGES.items()
        if values.get(name) is not None or kind is Stage
    }
    return _build(Recipe, {**values, **stages}, "the recipe")


def _build(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    _check_keys(kind, values, where)
    try:
        return kind(**values)
    except TypeError as error:
        raise ModelError(f"{where} lacks keys ({error}); compare it with recipes/default.toml") from error


def _check_keys(kind: type[Any], values: Mapping[str, Any], where: str) -> None:
    known = {item.name for item in fields(kind)}
    if unknown := sorted(set(values) - known):
        raise ModelError(f"{where} names unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")

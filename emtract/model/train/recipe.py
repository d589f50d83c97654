"""Hyper-parameters of a model, as frozen data read from a TOML file."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, fields
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from emtract.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

T = TypeVar("T", "Recipe", "Stage")
Precision = Literal["fp32", "bf16"]


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
    """

    epochs: int
    batch_size: int
    learning_rate: float
    head_rate: float
    warmup: float = 0.1
    weight_decay: float = 0.01
    smoothing: float = 0.05


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
    """

    name: str
    seed: int
    max_length: int
    dropout: float
    precision: Precision
    rows: Mapping[str, int]
    joint: Stage
    tagged: Stage

    def digest(self, *parts: str) -> str:
        """Twelve hexadecimal digits of the named parts of the recipe; all of them without names."""
        values = {key: value for key, value in asdict(self).items() if not parts or key in parts}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def read_recipe(path: Path | None = None) -> Recipe:
    """Read a recipe; the shipped one without a path.

    Raises
    ------
    ModelError
        The file is missing, is no TOML, or its keys are not those of `Recipe`.
    """
    source = path or resources.files("emtract.model.train") / "recipes" / "default.toml"
    try:
        values = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"the recipe {path} cannot be read ({error}); give the path of a TOML recipe") from error
    _check_keys(Recipe, values, "the recipe")
    stages = {name: _build(Stage, values.get(name, {}), f"[{name}]") for name in ("joint", "tagged")}
    return _build(Recipe, {**values, **stages}, "the recipe")


def _build(kind: type[T], values: dict[str, Any], where: str) -> T:
    _check_keys(kind, values, where)
    try:
        return kind(**values)
    except TypeError as error:
        raise ModelError(f"{where} lacks keys ({error}); compare it with recipes/default.toml") from error


def _check_keys(kind: type[Recipe | Stage], values: dict[str, Any], where: str) -> None:
    known = {field.name for field in fields(kind)}
    if unknown := sorted(set(values) - known):
        raise ModelError(f"{where} names unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")

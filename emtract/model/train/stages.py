"""The stages of a training run, each kept as safetensors and reused when nothing that decides it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from emtract.emotions import EMOTIONS
from emtract.model.train.data import TAGGED, Corpus, TaggedSample, draw, without_texts
from emtract.model.train.loop import Examples, fit, join
from emtract.model.train.network import Network, build_network, load_network, read_notes, save_network, with_heads
from emtract.text import CLEANER_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.model.train.recipe import Recipe

#: Told which stage runs, and how many of its steps are done.
StageProgress = Callable[[str, int, int], None]
_HEADS: Final = {TAGGED: len(EMOTIONS)}


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
        told = self.progress
        return None if told is None else lambda done, total: told(stage, done, total)


def joint_sample(
    corpora: Sequence[Corpus], sample: TaggedSample, recipe: Recipe
) -> tuple[list[Corpus], dict[str, int]]:
    """Draw stage 1's rows and count the rows that were dropped because the tagged sample holds their text."""
    rng = np.random.default_rng(recipe.seed)
    kept = [without_texts(corpus, sample.corpus.texts) for corpus in corpora]
    dropped = {old.name: len(old.texts) - len(new.texts) for old, new in zip(corpora, kept, strict=True)}
    return [draw(corpus, recipe.rows[corpus.name] * recipe.joint.epochs, rng) for corpus in kept], dropped


def run_joint(run: Run, corpora: Sequence[Corpus]) -> Path:
    """Stage 1 over drawn corpora: each example once, since the draw already repeats them by epochs."""
    path = run.folder / "joint.safetensors"
    key = run.key("rows", "joint")
    if _is_done(path, key):
        return path
    examples = join(corpora, run.tokenizer, max_length=run.recipe.max_length)
    network = build_network(run.encoder, _sizes(examples), dropout=run.recipe.dropout, seed=run.recipe.seed)
    return _fit(run, network, examples, name="joint", path=path, key=key)


def run_tagged(run: Run, joint: Path, sample: TaggedSample, folds: Sequence[int], name: str) -> Path:
    """Stage 2 from stage 1's encoder, on the texts of these folds."""
    path = run.folder / f"{name}.safetensors"
    key = run.key("rows", "joint", "tagged") + "-" + ",".join(map(str, folds))
    if _is_done(path, key):
        return path
    start = _load(run, joint, read_notes(joint)["heads"])
    network = with_heads(start, _HEADS, seed=run.recipe.seed)
    rows = np.flatnonzero(np.isin(sample.folds, folds))
    examples = join([sample.corpus.take(rows)], run.tokenizer, max_length=run.recipe.max_length)
    return _fit(run, network, examples, name=name, path=path, key=key)


def load_tagged(run: Run, path: Path) -> Network:
    """Load the network of a finished stage 2."""
    return _load(run, path, _HEADS)


def _load(run: Run, path: Path, heads: dict[str, int]) -> Network:
    network = build_network(run.encoder, heads, dropout=run.recipe.dropout, seed=run.recipe.seed)
    return load_network(network, path)


def _sizes(examples: Examples) -> dict[str, int]:
    return {head: target.shape[1] for head, target in examples.targets.items()}


def _is_done(path: Path, key: str) -> bool:
    return path.is_file() and read_notes(path).get("key") == key


def _fit(run: Run, network: Network, examples: Examples, *, name: str, path: Path, key: str) -> Path:
    recipe = run.recipe
    stage = replace(recipe.joint, epochs=1) if name == "joint" else recipe.tagged
    losses = fit(
        network,
        examples,
        stage,
        seed=recipe.seed,
        device=run.device,
        precision=recipe.precision,
        progress=run.report(name),
    )
    threads = torch.get_num_threads()
    notes = {"key": key, "heads": _sizes(examples), "losses": losses, "texts": len(examples.ids), "threads": threads}
    save_network(network, path, notes)
    return path

"""Scorers by name: shipped models, folders, baselines, transformers and language models; loaded, or only identified."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from emtract.annotator import LlmSettings
from emtract.errors import ModelError
from emtract.model.card import CARD, read_card
from emtract.text import Cleaner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from emtract.emotions import Reads, Target
    from emtract.model.scorer import Scorer, Scores

Device = Literal["cpu", "cuda"]
HUGGINGFACE: Final = "hf:"
#: Models that a server reads for emtract, see `emtract.model.llm`.
LLM: Final = "llm:"
#: The weights of `default` in fp32 arithmetic, under a name of their own because their scores differ.
EXACT: Final = "exact"
#: Batches of the ONNX models, one a core at a time.
BATCH_TOKENS: Final = 512
TORCH_BATCH_TOKENS: Final = 1024
#: On a GPU a small batch leaves most of it idle.
CUDA_BATCH_TOKENS: Final = 32_768
#: Published instruments for robustness checks, see `emtract.model.lexical`; a folder of such a name is `./vader`.
BASELINES: Final = ("vader", "textblob", "nrclex", "nade")


def shipped_folder(name: str) -> Path:
    """Folder of a shipped model, whether or not it exists."""
    return Path(str(files("emtract.model"))) / "weights" / name


def known_models() -> tuple[str, ...]:
    """Names of the shipped models."""
    return tuple(sorted([EXACT, *(path.parent.name for path in shipped_folder("").glob(f"*/{CARD}"))]))


def is_shipped(name: str) -> bool:
    """Whether a name belongs to a scorer that every installation knows: no other may have it."""
    return name in known_models() or name in BASELINES or name.startswith((HUGGINGFACE, LLM))


def load_scorer(
    name: str | Path = "default",
    *,
    threads: int | None = None,
    batch_tokens: int | None = None,
    cleaner: Cleaner | None = None,
    label_map: Mapping[str, Target] | None = None,
    device: Device = "cpu",
    llm: LlmSettings | None = None,
    taxonomy: str | None = None,
) -> Scorer:
    """Load a scorer.

    Parameters
    ----------
    name
        A shipped model (`known_models`), a baseline (`BASELINES`), the path of a folder written by `emtract model train`,
        `hf:` and the name or path of a transformers model for text classification, or `llm:` and the name by which an
        OpenAI-compatible server knows a language model.
    threads
        Threads of the matrix products; None takes one for each core. For models named `hf:` they are set for torch in this
        whole process; baselines keep their own.
    batch_tokens
        Tokens in one batch, padding included; None takes what suits the device.
    cleaner
        A cleaner with a list of known symbols; None takes the rules alone.
    label_map
        For `hf:` only: the model's labels -> emotions, or -> positive, neutral and negative; needed where its labels are
        not the seven themselves and `huggingface.LABEL_MAPS` does not hold the model.
    device
        Where a model named `hf:` computes; all others compute on the processor.
    llm
        How a model named `llm:` is asked; None takes the server of the variable `EMTRACT_LLM_URL` and the usual prompt.
    taxonomy
        For `hf:` only, in place of `label_map`: the set of emotions that the model's labels are of, such as ``goemotions``;
        see `emtract.words.taxonomies`.

    Raises
    ------
    ModelError
        No model has this name, a file of it is damaged, it was made for another cleaner, its package is missing, or it
        cannot compute on this device.

    Examples
    --------
    >>> from emtract import load_scorer
    >>> load_scorer("fast").predict(["$TSLA to the moon", "so scared, this will crash"])["label"].to_list()
    ['happy', 'fear']
    """
    if isinstance(name, str) and name.startswith(HUGGINGFACE):
        from emtract.model.huggingface import HuggingFaceScorer

        return HuggingFaceScorer(
            name.removeprefix(HUGGINGFACE),
            label_map=label_map,
            device=device,
            threads=threads,
            batch_tokens=batch_tokens or (CUDA_BATCH_TOKENS if device == "cuda" else TORCH_BATCH_TOKENS),
            cleaner=cleaner,
            taxonomy=taxonomy,
        )
    check_device(str(name), device)
    if label_map is not None or taxonomy is not None:
        what = "label_map" if taxonomy is None else "a taxonomy"
        raise ModelError(f"{what} is for models named {HUGGINGFACE}NAME; {name} has the seven emotions already")
    if isinstance(name, str) and name.startswith(LLM):
        from emtract.model.llm.scorer import LlmScorer

        asked = llm or LlmSettings()
        hint = None if asked.hint is None else DeferredScorer(_check_hint(asked.hint), threads=threads)
        return LlmScorer(name.removeprefix(LLM), asked, hint=hint, cleaner=cleaner)
    if name in BASELINES:
        from emtract.model.lexical import LexicalScorer

        return LexicalScorer(str(name), cleaner=cleaner)
    folder = model_folder(name)
    if read_card(folder).kind == "static":
        from emtract.model.static import StaticScorer

        return StaticScorer(folder, cleaner=cleaner)
    from emtract.model.onnx import OnnxScorer

    scorer: Scorer = OnnxScorer(
        folder,
        threads=threads,
        batch_tokens=batch_tokens or BATCH_TOKENS,
        cleaner=cleaner,
        arithmetic="fp32" if name == EXACT else "int8",
        name=EXACT if name == EXACT else None,
    )
    return scorer


def check_device(name: str, device: Device) -> None:
    """Raise `ModelError` where a scorer cannot compute on a device, without loading it."""
    if device != "cpu" and not name.startswith(HUGGINGFACE):
        raise ModelError(
            f"{name} computes on the processor only; take --device cpu, or a model named {HUGGINGFACE}NAME"
            if not name.startswith(LLM)
            else f"{name} computes where its server is: leave --device out"
        )


def scorer_reads(name: str) -> Reads:
    """What the scores under a scorer's name tell apart, without loading it: ask before showing anger or fear of them."""
    from emtract.emotions import reads

    if name in BASELINES:
        from emtract.model.lexical import INSTRUMENTS

        return INSTRUMENTS[name].reads
    if not name.startswith(HUGGINGFACE):
        return "emotions"
    from emtract.model.huggingface import LABEL_MAPS

    return reads(LABEL_MAPS.get(name.removeprefix(HUGGINGFACE), {}).values())


def reads_of(scorer: Scorer) -> Reads:
    """What a loaded scorer tells apart: as it says itself under the labels that it was given, else as its name does."""
    told: Reads = getattr(scorer, "reads", None) or scorer_reads(scorer.name)
    return told


def model_folder(name: str | Path) -> Path:
    """Folder of a shipped model by its name, or of a folder of one's own; raises `ModelError` where there is none."""
    if name in known_models():
        return shipped_folder("default" if name == EXACT else str(name))
    with suppress(OSError):
        if (path := Path(name)).is_dir():
            return path
    known = ", ".join((*known_models(), *BASELINES))
    raise ModelError(
        f"no model is called {str(name)!r}; known: {known}; or give a model folder, {HUGGINGFACE}NAME or {LLM}NAME; scores of a "
        "model that runs elsewhere come with `emtract scores import`, and are evaluated by ids (--id)"
    )


@dataclass(frozen=True, eq=False)
class DeferredScorer:
    """A scorer by name, loaded at the first text; its name and revision come from its card, and are those it has when loaded.

    Attributes
    ----------
    given
        See `load_scorer`, as for the other options.
    cleaner
        The version of the rules alone, as every stored score has it.
    """

    given: str
    threads: int | None = None
    batch_tokens: int | None = None
    device: Device = "cpu"
    cleaner: Cleaner = field(default_factory=Cleaner)

    def __post_init__(self) -> None:
        check_device(self.given, self.device)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._identity[0]

    @property
    def revision(self) -> str:
        """Digest or version that changes whenever a score may."""
        return self._identity[1]

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts."""
        return self._loaded.score(texts)

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts."""
        return self._loaded.predict(posts)

    @cached_property
    def _identity(self) -> tuple[str, str]:
        return identify(self.given)

    @cached_property
    def _loaded(self) -> Scorer:
        return load_scorer(
            self.given, threads=self.threads, batch_tokens=self.batch_tokens, cleaner=self.cleaner, device=self.device
        )


def _check_hint(name: str) -> str:
    if name.startswith(LLM):
        raise ModelError(f"hint of [model.llm] is a scorer of this machine, such as default, not {name}")
    return name


def identify(name: str, llm: LlmSettings | None = None) -> tuple[str, str]:
    """Return the name and revision under which a scorer's scores are stored, without loading it.

    Parameters
    ----------
    name, llm
        See `load_scorer`.

    Raises
    ------
    ModelError
        No model has this name, a file of it is damaged, it was made for another cleaner, or its package is missing.
    """
    if name.startswith(HUGGINGFACE):
        from emtract.model.huggingface import published_revision

        return name, published_revision(name.removeprefix(HUGGINGFACE))
    if name.startswith(LLM):
        from emtract.model.llm.prompt import llm_revision

        asked = llm or LlmSettings()
        return name, llm_revision(asked, "@".join(identify(_check_hint(asked.hint))) if asked.hint else None)
    if name in BASELINES:
        from emtract.model.lexical import instrument_revision

        return name, instrument_revision(name)
    from emtract.model.card import read_card

    card = read_card(model_folder(name))
    return EXACT if name == EXACT else card.name, card.revision

"""What a server sent back -> seven probabilities, or the reason why there are none; nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec

from emtract.emotions import EMOTIONS
from emtract.model.llm.prompt import SUM_LEEWAY

#: Reasons why a text has no score.
REFUSED: Final = "the model refused"
CUT: Final = "the answer was cut at max_tokens"
LONG: Final = "the answer is too long"
EMPTY: Final = "the answer is empty"
MALFORMED: Final = "the answer is not the JSON of seven numbers"
NO_SUM: Final = f"the seven numbers do not sum to 1 (within {SUM_LEEWAY})"
NO_WORDS: Final = "nothing to read"
REASONS: Final = (REFUSED, CUT, LONG, EMPTY, MALFORMED, NO_SUM, NO_WORDS)


class Message(msgspec.Struct, frozen=True):
    """What the model says."""

    content: str | None = None
    refusal: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """One answer, and why it ended."""

    message: Message
    finish_reason: str | None = None


class Usage(msgspec.Struct, frozen=True):
    """Tokens of a request, as the server counts them."""

    prompt_tokens: Annotated[int, msgspec.Meta(ge=0)] = 0
    completion_tokens: Annotated[int, msgspec.Meta(ge=0)] = 0


class Completion(msgspec.Struct, frozen=True):
    """What a server sends back; other keys are passed over."""

    choices: Annotated[tuple[Choice, ...], msgspec.Meta(min_length=1)]
    usage: Usage | None = None


_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_SEVEN: Final = msgspec.json.Decoder(
    msgspec.defstruct("Seven", [(emotion, _Share) for emotion in EMOTIONS], forbid_unknown_fields=True, frozen=True)
)
_COMPLETION: Final = msgspec.json.Decoder(Completion)


@dataclass(frozen=True)
class Answer:
    """What became of one text.

    Attributes
    ----------
    probabilities
        In the order of `EMOTIONS`; None where there are none.
    reason
        Why there are none; None where there are.
    tokens_in, tokens_out
        Tokens that were asked and answered, as the server counts them; 0 where it does not tell.
    seconds
        How long the server took.
    """

    probabilities: tuple[float, ...] | None
    reason: str | None
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


def read_completion(raw: bytes) -> Completion | None:
    """Return what a server sent; None where it is cut, or no completion."""
    try:
        return _COMPLETION.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_answer(completion: Completion, *, seconds: float = 0.0) -> Answer:
    """Read the first answer of a completion."""
    found, usage = read_choice(completion.choices[0]), completion.usage or Usage()
    told: dict[str, Any] = {"tokens_in": usage.prompt_tokens, "tokens_out": usage.completion_tokens, "seconds": seconds}
    return Answer(None, found, **told) if isinstance(found, str) else Answer(found, None, **told)


def read_choice(choice: Choice) -> tuple[float, ...] | str:
    """Return the seven probabilities of an answer, or the reason why there are none.

    Notes
    -----
    Verbalised probabilities are rounded, so those that sum to one within `SUM_LEEWAY` are divided by their sum. Numbers that sum
    to 2.3 are something else, and are not mended.
    """
    said = choice.message
    if said.refusal or choice.finish_reason == "content_filter":
        return REFUSED
    if choice.finish_reason == "length":
        return CUT
    if not (said.content or "").strip():
        return EMPTY
    try:
        seven = _SEVEN.decode(said.content or "")
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return MALFORMED
    values = tuple(float(getattr(seven, emotion)) for emotion in EMOTIONS)
    total = sum(values)
    return tuple(value / total for value in values) if abs(total - 1) <= SUM_LEEWAY else NO_SUM

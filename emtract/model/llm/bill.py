"""What asking a language model costs in money and time: expected before, and counted while it answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from emtract.errors import ModelError

if TYPE_CHECKING:
    from emtract.annotator import LlmSettings
    from emtract.model.llm.answers import Answer

#: Characters of a token of English text, about; tokens of an answer of seven numbers, about.
CHARACTERS: Final = 4
ANSWER_TOKENS: Final = 70
_MILLION: Final = 1_000_000


@dataclass
class Bill:
    """What was asked of one scorer in this process.

    Attributes
    ----------
    settings
        Prices and budget.
    asked, known
        Texts that were asked, and texts whose answer was on disk.
    unread
        Why texts have no score -> how many, including texts on disk.
    tokens_in, tokens_out
        Tokens that were asked and answered now.
    seconds
        Time that passed while asking.
    """

    settings: LlmSettings
    asked: int = 0
    known: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    @property
    def price(self) -> float | None:
        """Price of what was asked now; None where no price is stated."""
        return price(self.settings, self.tokens_in, self.tokens_out)

    def count(self, answer: Answer) -> None:
        """Add one answer that was asked now."""
        self.asked += 1
        self.tokens_in += answer.tokens_in
        self.tokens_out += answer.tokens_out

    def check_budget(self) -> None:
        """Raise `ModelError` where the budget is spent."""
        budget = self.settings.budget
        if budget is not None and self.price is None:
            raise ModelError(
                "budget of [model.llm] needs prices: state price_in and price_out, each for a million tokens"
            )
        if budget is not None and (self.price or 0.0) >= budget:
            raise ModelError(
                f"the budget of {budget:,.2f} is spent (texts asked: {self.asked:,}); what was answered is kept: raise budget in "
                "[model.llm] and run the same command again"
            )

    def told(self) -> tuple[str, ...]:
        """Sentences for the prompt; none where nothing was read."""
        if not (self.asked or self.known):
            return ()
        lines = [f"texts asked: {self.asked:,}; answers that were on disk: {self.known:,}"]
        if self.asked:
            spent = [f"{self.tokens_in:,} tokens asked and {self.tokens_out:,} answered", f"{self.seconds:,.0f} s"]
            if self.price is not None:
                spent.append(f"price {self.price:,.4f} at the prices stated")
            lines.append(", ".join(spent))
        if self.unread:
            why = "; ".join(f"{count:,} {reason}" for reason, count in self.unread.most_common())
            lines.append(f"texts without a score, none of them guessed: {self.unread.total():,} ({why})")
        return tuple(lines)


@dataclass(frozen=True)
class Forecast:
    """What asking texts would cost.

    Attributes
    ----------
    texts
        Distinct texts to ask at most: answers that are on disk cost nothing.
    tokens_in, tokens_out
        Tokens asked and answered.
    seconds
        Time; None before the scorer has answered once.
    price
        At the prices stated; None where none is.
    """

    texts: int
    tokens_in: float
    tokens_out: float
    seconds: float | None
    price: float | None

    def told(self) -> str:
        """A few words for a bar of progress."""
        parts = [f"{self.texts:,} to ask", f"about {self.tokens_in + self.tokens_out:,.0f} tokens"]
        parts.append("no price stated" if self.price is None else f"price about {self.price:,.2f}")
        parts.append("time not known yet" if self.seconds is None else f"about {duration(self.seconds)}")
        return ", ".join(parts)


def forecast(
    settings: LlmSettings,
    *,
    texts: int,
    characters: int,
    usual: tuple[float, float, float] | None,
    task_characters: int,
) -> Forecast:
    """Expect what asking texts costs.

    Parameters
    ----------
    settings
        Prices and requests at a time.
    texts, characters
        Texts to ask, and their characters in all.
    usual
        Mean tokens asked, tokens answered and seconds of earlier answers; None where there is none, or its tokens are 0 where the
        server does not count them.
    task_characters
        Characters that are sent with each text.
    """
    sent, answered, seconds = usual or (0.0, 0.0, 0.0)
    tokens_in = texts * sent if sent else (characters + texts * task_characters) / CHARACTERS
    tokens_out = texts * (answered or ANSWER_TOKENS)
    took = texts * seconds / settings.parallel if usual else None
    return Forecast(texts, tokens_in, tokens_out, took, price(settings, tokens_in, tokens_out))


def price(settings: LlmSettings, tokens_in: float, tokens_out: float) -> float | None:
    """Price of tokens; None where no price is stated.

    Parameters
    ----------
    settings
        Prices of a million tokens; one that is not stated beside one that is counts as 0.
    tokens_in, tokens_out
        Tokens asked and answered.
    """
    if settings.price_in is None and settings.price_out is None:
        return None
    return (tokens_in * (settings.price_in or 0) + tokens_out * (settings.price_out or 0)) / _MILLION


def duration(seconds: float) -> str:
    """Return a time as people say it: seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 5_400 else f"{seconds / 3600:,.1f} h"

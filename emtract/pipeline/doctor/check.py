"""One thing that was looked at, and all of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from emtract.errors import EmtractError

Topic = Literal["package", "extras", "processor", "models", "configuration", "store"]
#: `note` is what a run can do without, or what one of the next verbs will do anyway.
Status = Literal["ok", "note", "broken"]


@dataclass(frozen=True)
class Check:
    """What was found, and what to do about it where something is to be done.

    Attributes
    ----------
    topic, name
        What was looked at.
    status
        Whether it is as it should be.
    found
        What is there, in words.
    remedy
        What to do; empty where there is nothing to do.
    """

    topic: Topic
    name: str
    status: Status
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """Every check, in the order in which a run would meet its subject."""

    checks: tuple[Check, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is broken."""
        return all(check.status != "broken" for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"sound": self.sound, "checks": [asdict(check) for check in self.checks]}


def broken(topic: Topic, name: str, error: EmtractError) -> Check:
    """Return the check that an error stands for.

    Parameters
    ----------
    topic, name
        What was looked at.
    error
        What follows the last colon or semicolon of its message, and a space, is the remedy; the rest is what was found.
    """
    text = str(error)
    cut = max(text.rfind(": "), text.rfind("; "))
    return Check(
        topic, name, "broken", text[:cut] if cut > 0 else text, text[cut + 2 :] if cut > 0 else "see the message"
    )

"""One value of a record -> a generated one of the same kind. What is not known to be harmless never passes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from emtract.emotions import EMOTIONS
from emtract.ingest.times import END_OF_DAY, START_OF_DAY
from emtract.symbols import extract_cashtags
from emtract.synthetic.phrases import Topic, write_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

#: What a field holds, by the last part of its name in lower case.
TEXTS: Final = frozenset({"body", "text", "full_text", "selftext", "title", "message", "content", "tweet", "original"})
TIMES: Final = frozenset({"created_at", "created_utc", "created", "timestamp", "datetime", "date", "time", "edited_at"})
NAMES: Final = frozenset({"author", "username", "user_name", "screen_name", "user", "name", "handle"})
SYMBOLS: Final = frozenset({"symbol", "symbols", "ticker", "tickers", "cashtag", "cashtags"})
#: Words of a short list that a reader understands: how a post is tagged, its language, how it refers to another.
KEPT: Final = frozenset({"basic", "sentiment", "senti_label", "lang", "language", "type", "kind"})
_TWITTER: Final = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}")
_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:(?P<gap>[T ])\d\d:\d\d(?P<s>:\d\d)?(?P<f>\.\d+)?(?P<z>Z|[+-]\d\d:?\d\d)?)?"
)
_LISTED: Final = re.compile(r"[$A-Za-z0-9.,;|\-_ ]{1,60}")
_WORD: Final = re.compile(r"[A-Za-z_]{1,16}")
_ID: Final = re.compile(r"(?:^|_|\.)ids?(?:_str)?$|fullname$")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Known:
    """What has been put in the place of ids and of texts so far: equal ones stay equal, in other files too."""

    ids: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


class Leaves:
    """Generates the values of one file.

    Parameters
    ----------
    rng
        Source of randomness.
    first, last
        Span of the posts.
    roles
        Field -> body, created_at, post_id, ... where the configuration says what a column holds.
    time_format
        As in `[posts.columns]`.
    known
        Shared by the files of an archive.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        first: datetime,
        last: datetime,
        roles: Mapping[str, str],
        time_format: str | None,
        known: Known | None = None,
    ) -> None:
        self._rng, self._first = rng, first
        self._seconds = max(1, int((last - first).total_seconds()))
        word, _, pattern = (time_format or "").partition(" ")
        self._roles = roles
        self._time_format = pattern.strip() or None if word in {END_OF_DAY, START_OF_DAY} else time_format
        self._known = known or Known()

    def value(self, name: str, value: Any, within: str = "") -> Any:
        """Return a value for a field, given the field that it stands within.

        Parameters
        ----------
        name
            Name of the field; in a table the name of the column, with dots where it is nested.
        value
            The original, no list and no object; None and the empty text stay, and so do tickers, tags and languages.
        within
            Name of the object that holds the field; empty at the top of a record.

        Returns
        -------
        Any
            A generated value of the same type.
        """
        if value is None or value == "":
            return value
        if isinstance(value, bool):
            return bool(self._rng.random() < 0.2)
        key = name.rpartition(".")[2].lower()
        role = self._roles.get(name) or _role(key, within)
        if isinstance(value, datetime):
            return self._instant().replace(tzinfo=value.tzinfo)
        if isinstance(value, str):
            return self._string(role, value)
        return self._number(role, value)

    def text(self, original: str) -> str:
        """Return a post that names what the original names; equal originals have equal ones."""
        if original not in self._known.texts:
            self._known.texts[original] = self._written(original)
        return self._known.texts[original]

    def _written(self, original: str) -> str:
        tags = " ".join(f"${symbol}" for symbol in extract_cashtags(original))
        emotion = EMOTIONS[int(self._rng.integers(len(EMOTIONS)))]
        price = float(self._rng.uniform(5, 200))
        text = write_words(emotion, Topic(tags, "Firm", price, "https://example.org/x"), self._rng).strip()
        return text if tags in text else f"{tags} {text}"

    def _string(self, role: str, value: str) -> str:
        if (role == "symbol" and _LISTED.fullmatch(value)) or (role == "kept" and _WORD.fullmatch(value)):
            return value
        makers = {"text": self.text, "id": self._id, "name": self._name}
        if role in makers:
            return makers[role](value)
        return self._moment(role, value) or _same_kind(value, self._number_text) or "x"

    def _number_text(self, value: str) -> str:
        decimals = len(value.partition(".")[2])
        return f"{self._number('', float(value)):.{decimals}f}"

    def _number(self, role: str, value: float) -> float:
        if role == "id":
            return self._number_of(str(value))
        if role == "time":
            seconds = int(self._instant().timestamp())
            return type(value)(seconds * 1000 if value > 1e11 else seconds)
        if not value:
            return value
        drawn = same_size(value, self._rng)
        return int(drawn) if isinstance(value, int) else round(drawn, 6)

    def _instant(self) -> datetime:
        return self._first.astimezone(UTC) + timedelta(seconds=int(self._rng.integers(self._seconds + 1)))

    def _moment(self, role: str, value: str) -> str | None:
        """Return another instant in the form of the value; None where it is no time."""
        if role == "time" and self._time_format in {"epoch_seconds", "epoch_milliseconds"}:
            return str(int(self._instant().timestamp()) * (1000 if self._time_format.endswith("milliseconds") else 1))
        if role == "time" and self._time_format is not None:
            return self._instant().strftime(self._time_format)
        if _TWITTER.fullmatch(value):
            return _twitter(self._instant())
        if found := _ISO.fullmatch(value):
            return _iso(self._instant(), found)
        if role == "time" and value.isdigit():
            return str(int(self._number("time", int(value))))
        return None

    def _id(self, value: str) -> str:
        """Return digits for digits, and for `t3_9xk2` its kind and a number."""
        if value.isdigit():
            return str(self._number_of(value))
        kind = value.partition("_")[0] if re.match(r"t\d_", value) else "id"
        return f"{kind}_{self._number_of(value)}"

    def _name(self, value: str) -> str:
        return f"user{self._number_of(value)}"

    def _number_of(self, value: str) -> int:
        return self._known.ids.setdefault(value, 900_000_000 + len(self._known.ids))


def same_size(value: float, rng: np.random.Generator) -> float:
    """Draw a number with the sign of another, and as many digits before the point."""
    size = 10.0 ** (len(str(int(abs(value)))) - 1)
    return (1 if value >= 0 else -1) * size * float(rng.uniform(1, 9.9))


def _same_kind(value: str, number: Callable[[str], str]) -> str | None:
    """Return a number for a number, a truth value as it is; None for other words."""
    if _NUMBER.fullmatch(value):
        return number(value)
    return value if value.lower() in {"true", "false"} else None


def _role(key: str, within: str) -> str:
    if key == "title" and within:  # of a symbol or a client; on its own it is a submission's
        return "other"
    if within in SYMBOLS or key in SYMBOLS:
        return "symbol" if key in {*SYMBOLS, "text", "tag"} else "other"
    if _ID.search(key) or key == "id":
        return "id"
    roles = ((TEXTS, "text"), (TIMES, "time"), (NAMES, "name"), (KEPT, "kept"))
    return next((role for keys, role in roles if key in keys), "other")


def _twitter(moment: datetime) -> str:
    """Not strftime, whose names follow the locale."""
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day} {months[moment.month - 1]} {moment:%d %H:%M:%S} +0000 {moment:%Y}"


def _iso(moment: datetime, form: re.Match[str]) -> str:
    if not form["gap"]:
        return f"{moment:%Y-%m-%d}"
    clock = f"{moment:%H:%M:%S}" if form["s"] else f"{moment:%H:%M}"
    fraction = "." + "0" * (len(form["f"]) - 1) if form["f"] else ""
    return f"{moment:%Y-%m-%d}{form['gap']}{clock}{fraction}{form['z'] or ''}"

"""One request to an OpenAI-compatible server: bounded in time and size, repeated where that may help, its key kept to itself."""

from __future__ import annotations

import os
import ssl
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from emtract.annotator import URL_VARIABLE
from emtract.errors import ModelError, first_line
from emtract.model.llm.answers import LONG, Answer, read_answer, read_completion

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtract.annotator import LlmSettings

#: Bytes of an answer at most.
LARGEST_ANSWER: Final = 1 << 20
#: Statuses after which a request is repeated.
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
#: Seconds before a request is repeated at most, whatever the server asks for.
LONGEST_PAUSE: Final = 120.0
_PATH: Final = "/chat/completions"
_PART: Final = 1 << 16


@dataclass(frozen=True)
class Address:
    """Where a server answers."""

    host: str
    port: int | None
    path: str
    secure: bool


@dataclass
class Repeats:
    """Requests that were repeated: how often for each reason, and seconds waited in all."""

    reasons: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def told(self) -> tuple[str, ...]:
        """One sentence; none where nothing was repeated."""
        if not self.reasons:
            return ()
        why = ", ".join(f"{reason} {count:,} times" for reason, count in self.reasons.most_common())
        return (
            f"requests that were repeated: {self.reasons.total():,} ({why}), after {self.seconds:,.0f} s of waiting",
        )


class _OversizedError(Exception):
    """An answer has more than `LARGEST_ANSWER` bytes."""


class Client:
    """Asks one server; any number of threads may.

    Parameters
    ----------
    settings
        Address, key, time and retries.
    sleep
        How it waits; None until `stop` is called at the latest.

    Raises
    ------
    ModelError
        There is no address, or it is none; or the key cannot be sent.
    """

    def __init__(self, settings: LlmSettings, *, sleep: Callable[[float], object] | None = None) -> None:
        self._settings, self._stopped = settings, Event()
        self._sleep = sleep or self._stopped.wait
        self._address = read_address(settings.url or os.environ.get(URL_VARIABLE))
        self._key = read_key(settings.key_variable)
        self._lock, self._reached = Lock(), False
        self.repeats = Repeats()

    def ask(self, body: bytes) -> Answer:
        """Send a request and return what became of it.

        Raises
        ------
        ModelError
            The server cannot be reached, refuses the key, the model or the request, or still fails after all retries.
        """
        why, tries = "no answer", 0
        for attempt in range(self._settings.retries + 1):
            if self._stopped.is_set():
                break
            started, tries = time.monotonic(), attempt + 1
            pause = min(LONGEST_PAUSE, 2.0**attempt)
            try:
                status, wanted, raw = self._post(body)
            except _OversizedError:
                return Answer(None, LONG, seconds=time.monotonic() - started)
            except (OSError, HTTPException) as error:
                self._check_reached(error)
                why = "no answer in time" if isinstance(error, TimeoutError) else "a broken connection"
            else:
                self._reached = True
                if status == 200 and (completion := read_completion(raw)) is not None:
                    return read_answer(completion, seconds=time.monotonic() - started)
                if status != 200 and status not in AGAIN:
                    raise self._refusal(status, raw)
                why = "a cut answer" if status == 200 else f"status {status}"
                pause = min(LONGEST_PAUSE, max(pause, wanted))
            if attempt < self._settings.retries:
                with self._lock:
                    self.repeats.reasons[why] += 1
                    self.repeats.seconds += pause
                self._sleep(pause)
        raise ModelError(
            f"{self._where} gave {why} {tries} times in a row; what it answered before is kept: run the same "
            "command again, with fewer requests at a time (parallel) or a longer timeout in [model.llm] if it is overloaded"
        )

    def stop(self) -> None:
        """Let requests under way end, and none be repeated, until `start` is called."""
        self._stopped.set()

    def start(self) -> None:
        """Take requests again."""
        self._stopped.clear()

    @property
    def _where(self) -> str:
        return f"the server at {self._address.host}"

    def _post(self, body: bytes) -> tuple[int, float, bytes]:
        """Status, seconds that the server asks to wait, and the answer."""
        limit = self._settings.timeout
        kind = HTTPSConnection if self._address.secure else HTTPConnection
        connection = kind(self._address.host, self._address.port, timeout=limit)
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "emtract"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        end, raw = time.monotonic() + limit, bytearray()
        try:
            connection.request("POST", self._address.path, body, headers)
            response = connection.getresponse()
            while part := response.read1(_PART):
                raw += part
                if len(raw) > LARGEST_ANSWER:
                    raise _OversizedError
                if time.monotonic() > end:
                    raise TimeoutError
            return response.status, _seconds(response.getheader("Retry-After")), bytes(raw)
        finally:
            connection.close()

    def _check_reached(self, error: Exception) -> None:
        """Raise where trying again would not help: nothing ever answered there, or its certificate is wrong."""
        if isinstance(error, ssl.SSLCertVerificationError) or not (self._reached or isinstance(error, TimeoutError)):
            raise ModelError(
                f"{self._where} cannot be reached ({first_line(error, most=200)}): start it, or give its address as url in "
                f"[model.llm] or as {URL_VARIABLE}"
            ) from error

    def _refusal(self, status: int, raw: bytes) -> ModelError:
        if status in {401, 403}:
            name = self._settings.key_variable
            return ModelError(
                f"{self._where} refuses the key (status {status}): put the right one into the variable {name}"
            )
        said = " ".join(raw[:2_000].decode("utf-8", "replace").split())
        said = (said.replace(self._key, "(key)") if self._key else said)[:300]
        remedy = "check url and NAME of llm:NAME"
        if 300 <= status < 400:
            remedy = "give the address it points to as url"
        elif "response_format" in said or "json_schema" in said:
            remedy = 'it knows no such form of answer: set json = "object" or "none" in [model.llm]'
        return ModelError(f"{self._where} refuses the request (status {status}: {said}): {remedy}")


def read_address(url: str | None) -> Address:
    """Read the address of a server.

    Raises
    ------
    ModelError
        There is none, it is no address of the web, or it holds a key.
    """
    form = "give one such as http://localhost:8080/v1"
    if not url:
        raise ModelError(f"no server is named for models llm:NAME: {form} as url in [model.llm], or as {URL_VARIABLE}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ModelError(f"the url of [model.llm] is no address ({error}): {form}") from error
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ModelError(f"the url of [model.llm] holds more than an address; {form}, and the key in a variable")
    if parts.scheme not in {"http", "https"} or not host or not url.isascii() or any(map(str.isspace, url)):
        raise ModelError(f"the url of [model.llm] is no address of the web: {form}")
    path = parts.path.rstrip("/")
    return Address(host, port, path if path.endswith(_PATH) else path + _PATH, parts.scheme == "https")


def read_key(variable: str) -> str | None:
    """Return the key that an environment variable holds, None where it is not set; its value stands in no message."""
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"the variable {variable} holds characters that no key has: set it again")
    return key or None


def _seconds(header: str | None) -> float:
    """Seconds that a server asks to wait; a date, or nonsense, is none."""
    text = (header or "").strip()
    return min(float(text), LONGEST_PAUSE) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0

"""A language model as a scorer: each distinct text is asked once, what has no answer has no score, and every answer is kept."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model.llm.answers import NO_WORDS, Answer
from emtract.model.llm.bill import Bill, Forecast, forecast
from emtract.model.llm.cache import Cache, cache_folder
from emtract.model.llm.client import Client
from emtract.model.llm.prompt import LONGEST_POST, llm_revision, message, request_body, task
from emtract.model.scorer import Scores, predict_posts, score_texts, sendable
from emtract.text import Cleaner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import polars as pl

    from emtract.annotator import LlmSettings
    from emtract.model.scorer import Scorer

#: Answers between two looks at the budget at least, and between two signs of progress of a run over a store.
STEP: Final = 32


class LlmScorer:
    """Scores texts by asking a model on an OpenAI-compatible server; nothing is sent before the first text.

    Parameters
    ----------
    name
        What the server calls the model.
    settings
        How it is asked.
    hint
        Scorer whose reading is shown to the model, where the settings name one.
    cleaner
        The cleaner that `predict` applies.

    Raises
    ------
    ModelError
        The model has no name.

    Attributes
    ----------
    progress
        Called with what is expected, texts answered and texts to ask, in each call of `score`; None tells nothing.
    step
        Texts that a run over a store asks between two signs of progress.

    Notes
    -----
    Its probabilities are what the model says they are, divided by their sum: they are not calibrated.
    """

    def __init__(
        self, name: str, settings: LlmSettings, *, hint: Scorer | None = None, cleaner: Cleaner | None = None
    ) -> None:
        if not name or not name.isprintable():
            raise ModelError("llm: needs the name by which the server knows the model, as in llm:qwen3-8b")
        self._model, self._settings, self._hint = name, settings, hint
        self.name = f"llm:{name}"
        self.revision = llm_revision(settings, f"{hint.name}@{hint.revision}" if hint else None)
        self.cleaner = cleaner or Cleaner()
        self.step = max(STEP, 4 * settings.parallel)
        self.bill = Bill(settings)
        self.progress: Callable[[str, int, int], None] | None = None

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts; those without an answer have NaN and a reason, see `Scores`."""
        distinct = list(dict.fromkeys(texts))
        found = {text: Answer(None, NO_WORDS) for text in distinct if not text.strip()}
        asked = [text for text in distinct if text not in found]
        found |= self._cache.find(asked) if asked else {}
        self.bill.known += sum(text in found for text in asked)
        started = time.monotonic()
        left = [text for text in asked if text not in found]
        tell = self._teller(left)
        for done, (text, answer) in enumerate(self._ask_all(left), 1):
            found[text] = answer
            tell(done)
        self.bill.seconds += time.monotonic() - started
        self.bill.unread.update(answer.reason for answer in found.values() if answer.reason is not None)
        answers = [found[text] for text in texts]
        none = (np.nan,) * len(EMOTIONS)
        return Scores(
            np.array([answer.probabilities or none for answer in answers], dtype=np.float32).reshape(-1, len(EMOTIONS)),
            np.array([len(text.split()) for text in texts], dtype=np.int32),
            np.array([len(text) > LONGEST_POST for text in texts], dtype=np.bool_),
            reasons=tuple(answer.reason for answer in answers),
        )

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts; see `predict_posts`."""
        return predict_posts(self, posts)

    def told(self) -> tuple[str, ...]:
        """Say what was asked in this process and what it cost; nothing where nothing was read."""
        repeats = self._client.repeats.told() if self.bill.asked else ()
        return (*self.bill.told(), *repeats)

    def forecast(self, texts: int, characters: int) -> Forecast:
        """Expect what asking so many texts of so many characters in all would cost."""
        sent = len(task(self._settings)) + len(message(""))
        return forecast(
            self._settings,
            texts=texts,
            characters=characters,
            usual=self._cache.usual(),
            task_characters=sent,
        )

    def _teller(self, texts: Sequence[str]) -> Callable[[int], None]:
        """What is called with the texts answered so far; it has told what is expected when this returns."""
        progress = self.progress
        if progress is None or not texts:
            return lambda done: None
        what = f"{self.name}: {self.forecast(len(texts), sum(map(len, texts))).told()}"
        progress(what, 0, len(texts))
        return lambda done: progress(what, done, len(texts))

    @cached_property
    def _client(self) -> Client:
        return Client(self._settings)

    @cached_property
    def _cache(self) -> Cache:
        return Cache(cache_folder(), self.name, self.revision)

    def _ask_all(self, texts: Sequence[str]) -> Iterator[tuple[str, Answer]]:
        """Ask texts, and yield each with its answer once that is on disk."""
        for start in range(0, len(texts), self.step):
            part = texts[start : start + self.step]
            self.bill.check_budget()
            hints = self._hints(part)
            for text, answer in self._ask_some(part, hints):
                self._cache.keep(text, answer)
                self.bill.count(answer)
                yield text, answer

    def _ask_some(self, texts: Sequence[str], hints: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, Answer]]:
        """Ask several at a time; where one fails for good, the others under way are still yielded before it raises."""
        client, pool = self._client, ThreadPoolExecutor(self._settings.parallel)
        client.start()
        tasks: dict[Future[Answer], str] = {}
        for text in texts:
            body = request_body(self._model, sendable(text), self._settings, hint=hints.get(text))
            tasks[pool.submit(client.ask, body)] = text
        waiting, failure = set(tasks), None
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    if future.cancelled():
                        continue
                    if (error := future.exception()) is None:
                        yield tasks[future], future.result()
                    elif failure is None:
                        failure = error
                        client.stop()
                        waiting -= {other for other in waiting if other.cancel()}
        finally:
            client.stop()
            pool.shutdown(wait=False, cancel_futures=True)
        if failure is not None:
            raise failure

    def _hints(self, texts: Sequence[str]) -> dict[str, dict[str, float]]:
        """What the small model reads in each text, to two decimals; nothing where no hint is asked for."""
        if self._hint is None:
            return {}
        read = score_texts(self._hint, texts).probabilities
        return {
            text: {emotion: round(float(p), 2) for emotion, p in zip(EMOTIONS, row, strict=True)}
            for text, row in zip(texts, read, strict=True)
        }

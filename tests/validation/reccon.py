"""Can the shipped encoder say which words an emotion is about: python -m tests.validation.reccon, on RECCON as published.

A question is an utterance that shows an emotion and one of the utterances up to it; the answer is the span that is the cause, or
nothing. Counts agree with the published ones (7,269 and 20,646 questions of train, 347 and 838 of dev). Figures are those of the
authors' own evaluation: F1 over words as SQuAD has it, of questions with a cause (positive) and of all, where nothing is right if
nothing was the answer; F1 of saying nothing (negative); exact match of questions with a cause.

Readers that learn are trained on four fifths of train's dialogues, their choices made on the other fifth (seed 0), and dev is
read once. Position knows no word: how far back the utterance is, who says it, how long both are, whether they ask, and the
emotion asked about. The linear reader adds what the frozen encoder says of both utterances, and picks the span by its states
of the tokens.
Writes `reports/validation/causes/reccon.csv`.
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import polars as pl
import typer

from emtract.console.tables import print_table
from emtract.model.adapt import graph as graphs
from emtract.model.adapt.protobuf import integer, message, text
from emtract.model.card import GRAPH, LOGITS, TOKENIZER
from emtract.model.registry import shipped_folder
from emtract.text.causes import find_causes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

EMOTIONS: Final = ("happiness", "anger", "sadness", "surprise", "disgust", "fear")
_SAME: Final = {
    "happy": "happiness",
    "excited": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
    "angry": "anger",
}
FARTHEST: Final = 6
DRAWS: Final = 2_000
THRESHOLDS: Final = np.linspace(-1.5, 0.5, 21)
PENALTY: Final = 3e-3
EPOCHS: Final = 4
#: The gate, in F1: of questions with a cause, and of all.
GATE: Final = (0.50, 0.70)


@dataclass(frozen=True)
class Utterance:
    """What one person says."""

    turn: int
    speaker: str
    said: str
    emotion: str


@dataclass(frozen=True)
class Question:
    """Whether `evidence` holds the cause of the target's emotion, and its words; none where `span` is empty."""

    dialogue: str
    target: Utterance
    evidence: Utterance
    span: str

    @cached_property
    def back(self) -> int:
        """How many turns the evidence lies back."""
        return self.target.turn - self.evidence.turn


def read_questions(path: Path) -> list[Question]:
    """Read a file of RECCON: a question for each cause in an utterance, and for each utterance up to the target without one."""
    return [
        Question(name, target, own[turn], span)
        for name, (dialogue,) in json.loads(path.read_text(encoding="utf-8")).items()
        for own in [{u["turn"]: Utterance(u["turn"], u["speaker"], u["utterance"], u["emotion"]) for u in dialogue}]
        for told in dialogue
        if (target := own[told["turn"]]).emotion != "neutral"
        for turn, span in _answers(told)
    ]


def _answers(told: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Turns and spans of an utterance; a cause that is nowhere (`b`) or is said later is no question."""
    causes = [*zip(told["expanded emotion cause evidence"], told["expanded emotion cause span"], strict=True)]
    yield from ((turn, span) for turn, span in causes if turn != "b" and turn <= told["turn"])
    held = {turn for turn, _ in causes}
    yield from ((turn, "") for turn in range(1, told["turn"] + 1) if turn not in held)


def tokens(said: str) -> list[str]:
    """Words as SQuAD compares them."""
    kept = "".join(c for c in said.lower() if c not in string.punctuation)
    return re.sub(r"\b(?:a|an|the)\b", " ", kept).split()


def word_f1(truth: str, said: str) -> float:
    """F1 over words; of an empty answer 1 where both are empty."""
    one, other = tokens(truth), tokens(said)
    if not one or not other:
        return float(one == other)
    return 2 * (Counter(one) & Counter(other)).total() / (len(one) + len(other))


def figures(questions: Sequence[Question], answers: Sequence[str]) -> dict[str, float]:
    """Positive, negative and all F1, exact match, and the share of questions that get an answer."""
    f1 = np.array([word_f1(q.span, a) for q, a in zip(questions, answers, strict=True)])
    exact = np.array([q.span.strip() == a.strip() for q, a in zip(questions, answers, strict=True)])
    has, said = np.array([bool(q.span) for q in questions]), np.array([bool(a) for a in answers])
    silent = (~has).sum() + (~said).sum()
    return {
        "positive_f1": f1[has].mean(),
        "negative_f1": 2 * (~has & ~said).sum() / silent if silent else 0.0,
        "all_f1": f1.mean(),
        "exact": exact[has].mean(),
        "answered": said.mean(),
    }


# Readers without training.


def sign_clause(said: str) -> str:
    """Return the clauses that show an emotion by the package's lexicon, or all of it."""
    lowered = said.lower()
    near = find_causes([lowered])["near"].item()
    start = lowered.find(near)
    return said[start : start + len(near)] if near and start >= 0 else said


def untrained(questions: Sequence[Question]) -> dict[str, list[str]]:
    """Answers of rules."""
    return {
        "nothing, ever (majority)": [""] * len(questions),
        "the whole utterance, always": [q.evidence.said for q in questions],
        "the whole of the target and of the turn before": [q.evidence.said if q.back < 2 else "" for q in questions],
        "of these, the clauses with a sign of emotion (lexicon)": [
            sign_clause(q.evidence.said) if q.back < 2 else "" for q in questions
        ],
    }


# What the frozen encoder says.


@dataclass(frozen=True)
class Encoded:
    """States of an utterance's tokens, (n, width), where each stands in it, (n, 2), and the logits, (7,)."""

    states: NDArray[np.float32]
    places: NDArray[np.int64]
    logits: NDArray[np.float32]

    @cached_property
    def pooled(self) -> NDArray[np.float32]:
        """Mean of the states."""
        return np.asarray(self.states.mean(axis=0))


def encode(said: set[str]) -> dict[str, Encoded]:
    """Read utterances with the shipped encoder."""
    import onnxruntime
    from tokenizers import Tokenizer

    folder = shipped_folder("default")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = _with_tokens((folder / GRAPH).read_bytes())
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.enable_truncation(128)
    found = {}
    for words in sorted(said):
        read = tokenizer.encode(words.lower())
        states, logits = session.run(["tokens", LOGITS], {"input_ids": np.array([read.ids])})
        found[words] = Encoded(states[0], np.array(read.offsets), logits[0])
    return found


def _with_tokens(model: bytes) -> bytes:
    """Return the model with one more output: the states that its head's mean is of."""
    graph = graphs._graph_of(model)
    nodes = [part for part in graph if part.number == graphs._NODE]
    mean = next(node for node in nodes if graphs._names(node, graphs._OUT) == [graphs._pooled(graph)])
    node = graphs._node("Identity", graphs._names(mean, graphs._IN)[:1], "tokens")
    axes = (message(1, text(2, name)) for name in ("batch", "length", "state"))
    tensor = message(1, integer(1, graphs._FLOAT), message(2, *axes))
    return graphs._with_graph(model, [*graph, node, message(graphs._OUTPUT, text(1, "tokens"), message(2, tensor))])


# Readers that learn.


def position(question: Question) -> NDArray[np.float64]:
    """What a question tells without a word of it."""
    target, evidence = question.target, question.evidence
    back = np.eye(FARTHEST + 1)[min(question.back, FARTHEST)]
    emotion = np.eye(len(EMOTIONS))[EMOTIONS.index(_SAME.get(target.emotion, target.emotion))]
    lengths = [np.log1p(len(u.said.split())) for u in (evidence, target)]
    marks = [mark in u.said for u in (evidence, target) for mark in "?!"]
    told = np.array([*lengths, *marks])
    alone = [target.speaker == evidence.speaker, np.log1p(target.turn), *told]
    return np.concatenate([back, emotion, alone, np.outer(back, told).ravel(), np.outer(back, emotion).ravel()])


def with_states(question: Question, known: dict[str, Encoded]) -> NDArray[np.float64]:
    """Add to `position` what the encoder says of both utterances."""
    target, evidence = known[question.target.said], known[question.evidence.said]
    product = 3 * target.pooled * evidence.pooled
    parts = (
        target.logits,
        evidence.logits,
        np.exp(target.logits),
        np.exp(evidence.logits),
        target.pooled,
        evidence.pooled,
    )
    return np.concatenate([position(question), *parts, product])


def fit_detector(rows: NDArray[Any], has: NDArray[np.bool_], penalty: float) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Fit a logistic regression with a ridge on standardised columns; returns a function of rows to log odds."""
    from scipy.optimize import minimize
    from scipy.special import expit

    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    x = np.column_stack([(rows - mean) / spread, np.ones(len(rows))]).astype(np.float32)

    def loss(w: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        z, free = x @ w, np.append(w[:-1], 0)
        gap = expit(z) - has
        return np.logaddexp(0, z).mean() - (z * has).mean() + penalty * free @ free, gap @ x / len(
            x
        ) + 2 * penalty * free

    w = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return lambda more: (more - mean) / spread @ w[:-1] + w[-1]


def token_rows(question: Question, known: dict[str, Encoded]) -> NDArray[np.float32]:
    """Rows of the evidence's tokens: states of the token and its neighbours, their product with the target's, and its place."""
    evidence, target = known[question.evidence.said], known[question.target.said]
    states, n = evidence.states, len(evidence.states)
    ends = np.array([end <= start or question.evidence.said[start:end] in ".?!,;" for start, end in evidence.places])
    place = np.arange(n) / n
    marks = np.column_stack(
        [place, 1 - place, np.arange(n) == 1, np.arange(n) == n - 2, np.roll(ends, 1), ends, np.roll(ends, -1)]
    )
    flat = np.tile([question.back == 0, np.log(n)], (n, 1))
    beside = (np.vstack([states[:1], states[:-1]]), np.vstack([states[1:], states[-1:]]))
    return np.hstack([states, marks, flat, *beside, 3 * states * target.pooled]).astype(np.float32)[1:-1]


def fit_spans(questions: Sequence[Question], known: dict[str, Encoded]) -> Callable[[Question], str]:
    """Fit a linear layer that says where a span begins and ends; the span with the best expected F1 over tokens is taken."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows, ends = [], []
    for question in questions:
        start = question.evidence.said.find(question.span)
        stop = start + len(question.span)
        places = known[question.evidence.said].places[1:-1]
        own = [i for i, (a, b) in enumerate(places) if a < stop and b > start]
        rows.append(torch.from_numpy(token_rows(question, known)))
        ends.append((own[0], own[-1]))
    layer = torch.nn.Linear(rows[0].shape[1], 2)
    optimizer = torch.optim.AdamW(layer.parameters(), 1e-3, weight_decay=0.3)
    for epoch in range(EPOCHS):
        order = np.random.default_rng(epoch).permutation(len(rows))
        for batch in np.array_split(order, len(rows) // 32):
            scores = layer(torch.cat([rows[i] for i in batch])).split([len(rows[i]) for i in batch])
            pairs = [*zip(batch, scores, strict=True)]
            losses = [-torch.log_softmax(own[:, side], 0)[ends[i][side]] for i, own in pairs for side in (0, 1)]
            optimizer.zero_grad()
            (sum(losses) / len(batch)).backward()
            optimizer.step()

    def read(question: Question) -> str:
        with torch.no_grad():
            scores = torch.log_softmax(layer(torch.from_numpy(token_rows(question, known))), 0).numpy().astype(float)
        first, last = best_span(scores)
        places = known[question.evidence.said].places[1:-1]
        return question.evidence.said[places[first][0] : places[last][1]]

    return read


def best_span(scores: NDArray[np.float64], likeliest: int = 60) -> tuple[int, int]:
    """Return first and last token of the span with the best expected F1 among the likeliest ones; scores are (n, 2)."""
    spans = np.array(np.triu_indices(len(scores))).T
    likely = scores[spans[:, 0], 0] + scores[spans[:, 1], 1]
    kept = np.argsort(-likely, kind="stable")[:likeliest]
    spans, weight = spans[kept], np.exp(likely[kept])
    shared = np.minimum.outer(spans[:, 1], spans[:, 1]) - np.maximum.outer(spans[:, 0], spans[:, 0]) + 1
    size = spans[:, 1] - spans[:, 0] + 1
    f1 = 2 * np.clip(shared, 0, None) / np.add.outer(size, size)
    first, last = spans[(f1 @ weight).argmax()]
    return int(first), int(last)


def learned(train: list[Question], dev: list[Question]) -> dict[str, list[str]]:
    """Answers of readers that learn; thresholds are those with the best sum of positive and all F1 on the fifth of train."""
    known = encode({u.said for q in (*train, *dev) for u in (q.target, q.evidence)})
    names = np.array(sorted({q.dialogue for q in train}))
    np.random.default_rng(0).shuffle(names)
    aside = set(names[: len(names) // 5])
    own, other = [q for q in train if q.dialogue not in aside], [q for q in train if q.dialogue in aside]
    has = np.array([bool(q.span) for q in own])
    spans = fit_spans([q for q in own if q.span], known)
    found = {}
    for name, make, answer in (
        ("position, linear; the whole utterance", position, lambda q: q.evidence.said),
        ("frozen encoder, linear; the whole utterance", lambda q: with_states(q, known), lambda q: q.evidence.said),
        ("frozen encoder, linear; its span", lambda q: with_states(q, known), spans),
    ):
        detect = fit_detector(np.stack([make(q) for q in own]), has, PENALTY)
        odds, answers = detect(np.stack([make(q) for q in other])), [answer(q) for q in other]
        scored = [
            figures(other, [a if o > cut else "" for a, o in zip(answers, odds, strict=True)]) for cut in THRESHOLDS
        ]
        cut = THRESHOLDS[int(np.argmax([s["positive_f1"] + s["all_f1"] for s in scored]))]
        odds = detect(np.stack([make(q) for q in dev]))
        found[name] = [answer(q) if o > cut else "" for q, o in zip(dev, odds, strict=True)]
    found["a cause is known to be there: the whole utterance"] = [q.evidence.said if q.span else "" for q in dev]
    found["a cause is known to be there: the span of the frozen encoder"] = [spans(q) if q.span else "" for q in dev]
    return found


def interval(questions: Sequence[Question], answers: Sequence[str], base: Sequence[str]) -> dict[str, float]:
    """95 % interval of positive and all F1 less those of other answers, by draws of whole dialogues."""
    gap = np.array([word_f1(q.span, a) - word_f1(q.span, b) for q, a, b in zip(questions, answers, base, strict=True)])
    names, place = np.unique([q.dialogue for q in questions], return_inverse=True)
    counts = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), DRAWS)
    has = np.array([bool(q.span) for q in questions])
    found: dict[str, float] = {}
    for name, rows in (("positive", has), ("all", np.ones_like(has))):
        weight = (counts[:, place] * rows).astype(float)
        low, high = np.percentile(weight @ gap / weight.sum(axis=1), [2.5, 97.5])
        found |= {f"{name}_gap": gap[rows].mean(), f"{name}_gap_low": low, f"{name}_gap_high": high}
    return found


def evaluate(
    data: Annotated[Path, typer.Option(help="Folder of dailydialog_train.json and dailydialog_valid.json.")],
    output: Annotated[Path, typer.Option("--output", "-o")] = Path("reports/validation/causes/reccon.csv"),
) -> None:
    """Measure all readers in one run: all questions of dev, and those on the target alone, as a post without a reply has them."""
    train, dev = (read_questions(data / f"dailydialog_{name}.json") for name in ("train", "valid"))
    answers = untrained(dev) | learned(train, dev)
    base = answers["position, linear; the whole utterance"]
    rows = []
    for sample, kept in (
        ("all questions", range(len(dev))),
        ("the target itself", [i for i, q in enumerate(dev) if not q.back]),
    ):
        asked = [dev[i] for i in kept]
        for name, told in answers.items():
            own = [told[i] for i in kept]
            found = figures(asked, own)
            passes = found["positive_f1"] >= GATE[0] and found["all_f1"] >= GATE[1]
            rows.append({"questions": sample, "n": len(asked), "reader": name, **found, "passes": passes})
            rows[-1] |= interval(asked, own, [base[i] for i in kept])
    table = pl.DataFrame(rows).with_columns(pl.selectors.float().round(4))
    output.parent.mkdir(parents=True, exist_ok=True)
    table.write_csv(output)
    print_table(table)


if __name__ == "__main__":
    typer.run(evaluate)

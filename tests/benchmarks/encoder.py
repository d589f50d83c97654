"""Speed of the encoder alone, by runtime, arithmetic, batch and layout of threads: token ids in, logits out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.extras import has
from emtract.model.card import GRAPH, read_card
from emtract.model.onnx import Arithmetic, Graph, Runtime, load_graph
from emtract.model.scorer import token_batches
from emtract.workers import available_cores
from tests.benchmarks.flops import read_encoder
from tests.benchmarks.measure import Measure, Timing, alternate, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

BUDGETS: Final = (256, 512, 1024, 2048)
BUDGET: Final = 512
#: Texts of a batch in the layout that sorts nothing.
PADDED_ROWS: Final = 32
_SPECIAL: Final = 2
#: Ids are drawn below this: every vocabulary is larger.
_IDS: Final = 20_000
Batches = list["NDArray[np.int64]"]


def input_lengths(n_tokens: NDArray[np.int32], max_length: int) -> NDArray[np.int32]:
    """Tokens that the encoder reads of each text: the cut ones and the two special ones."""
    return np.minimum(n_tokens, max_length - _SPECIAL) + np.int32(_SPECIAL)


def sorted_batches(lengths: NDArray[np.int32], budget: int = BUDGET) -> Batches:
    """Drawn token ids in the scorer's own batches: texts of one length, no padding."""
    return _draw((len(rows), int(lengths[rows[0]])) for rows in token_batches(lengths, budget))


def padded_batches(lengths: NDArray[np.int32], rows: int = PADDED_ROWS) -> Batches:
    """Drawn token ids of texts in the order given, each batch padded to its longest."""
    parts = [lengths[start : start + rows] for start in range(0, len(lengths), rows)]
    return _draw((len(part), int(part.max())) for part in parts)


def measure_encoder(
    folder: Path,
    n_tokens: NDArray[np.int32],
    int8: float,
    repeats: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Measure]:
    """Texts and multiply-adds a second of each way to run the encoder of a model folder.

    Parameters
    ----------
    folder
        Model folder with `model.onnx`.
    n_tokens
        Tokens of each text, as `Scores` has them.
    int8
        Operations a second of a large product by a matrix of int8, two a multiply-add; see `matrix_rate`.
    """
    path, lengths = folder / GRAPH, input_lengths(n_tokens, read_card(folder).max_length)
    work = 2 * read_encoder(path).multiply_adds(lengths.tolist())
    timed = alternate(_contenders(path, lengths), repeats, progress=progress) | {
        f"{available_cores()} processes of 1 thread": processes(path, lengths, repeats)
    }
    rows = []
    for name, timing in timed.items():
        rate = timing.rate(work)
        note = f"{significant(rate / 1e9):,.0f} GFLOP/s, {rate / int8:.0%} of the int8 matrix rate"
        rows.append(timing.row(f"encoder: {name}", len(lengths), "texts/s", note))
    own = timed[f"auto, batches of {BUDGET} tokens"].rate(work)
    return [
        Measure(
            "encoder: multiply-adds a text",
            significant(work / 2 / len(lengths)),
            "",
            f"{lengths.mean():.1f} tokens a text",
        ),
        Measure(
            "encoder: rate", significant(own / 1e9), "GFLOP/s", "two operations a multiply-add, no padding counted"
        ),
        Measure("encoder: share of the int8 matrix rate", significant(100 * own / int8, 3), "%", "target: 50 or more"),
        *rows,
    ]


def ways() -> list[tuple[Runtime, Arithmetic]]:
    """Runtimes that are installed, and the arithmetic that each of them has."""
    found: list[tuple[Runtime, Arithmetic]] = [("openvino", "int8"), ("openvino", "fp32")] if has("openvino") else []
    return [*found, ("onnxruntime", "fp32")]


def processes(path: Path, lengths: NDArray[np.int32], repeats: int) -> Timing:
    """Seconds of as many processes as there are cores, each with one thread and its share of the texts."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    n = available_cores()
    shares = [(path, lengths[start::n]) for start in range(n)]
    with ProcessPoolExecutor(n, mp_context=multiprocessing.get_context("spawn")) as pool:

        def run() -> None:
            list(pool.map(_run_share, shares))

        run()
        return alternate({"": run}, repeats)[""]


def _contenders(path: Path, lengths: NDArray[np.int32]) -> dict[str, Callable[[], object]]:
    auto = load_graph(path, runtime="auto", arithmetic="int8", threads=None)
    found: dict[str, Callable[[], object]] = {}
    for budget in BUDGETS:
        found[f"auto, batches of {budget} tokens"] = _runner(auto, sorted_batches(lengths, budget))
    found[f"auto, {PADDED_ROWS} texts a batch in order, padded"] = _runner(auto, padded_batches(lengths))
    for runtime, arithmetic in ways():
        graph = load_graph(path, runtime=runtime, arithmetic=arithmetic, threads=None)
        found[f"{runtime} {arithmetic}, batches of {BUDGET} tokens"] = _runner(graph, sorted_batches(lengths))
    together = load_graph(path, runtime="auto", arithmetic="int8", threads=None, streams=1)
    found[f"auto, one batch at a time on all cores, {BUDGET} tokens"] = _runner(together, sorted_batches(lengths))
    single = load_graph(path, runtime="auto", arithmetic="int8", threads=1)
    found["1 process of 1 thread"] = _runner(single, sorted_batches(lengths))
    return found


def _runner(graph: Graph, batches: Batches) -> Callable[[], object]:
    def run() -> None:
        graph.map(batches)

    run()
    return run


def _draw(shapes: Iterable[tuple[int, int]]) -> Batches:
    draws = np.random.default_rng(0)
    return [draws.integers(1000, _IDS, size=shape, dtype=np.int64) for shape in shapes]


@cache
def _single(path: Path) -> Graph:
    return load_graph(path, runtime="auto", arithmetic="int8", threads=1)


def _run_share(share: tuple[Path, NDArray[np.int32]]) -> None:
    path, lengths = share
    for batch in sorted_batches(lengths):
        _single(path)(batch)

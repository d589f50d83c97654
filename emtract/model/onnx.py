"""The default scorer: an ONNX graph, computed by OpenVINO or ONNX Runtime, and `tokenizers`; no training library."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from emtract.emotions import EMOTIONS, STANCE
from emtract.errors import ModelError
from emtract.extras import has
from emtract.model.card import GRAPH, LOGITS, TOKENIZER, ModelCard, read_card
from emtract.model.scorer import Scores, predict_posts, sendable, softmax, token_batches
from emtract.text import Cleaner
from emtract.workers import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray


#: `auto` is OpenVINO where it is installed, else ONNX Runtime.
Runtime = Literal["auto", "openvino", "onnxruntime"]
#: `int8` rounds activations in the products with int8 weights, where the processor can; `fp32` rounds nothing.
Arithmetic = Literal["int8", "fp32"]
#: Activations that share a scale, within one token.
_GROUP: Final = 384
_TELEMETRY: Final = "openvino_telemetry"


@dataclass(frozen=True)
class Graph:
    """A loaded graph, from token ids of texts of one length, (n, length), to the logits asked of it, (n, labels).

    Attributes
    ----------
    compute
        Output of one batch; several threads may call it.
    streams
        Batches that it computes at once, its threads shared out among them.
    """

    compute: Callable[[NDArray[np.int64]], NDArray[np.float32]]
    streams: int = 1

    def __call__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Output of one batch."""
        return self.compute(ids)

    def map(self, batches: Sequence[NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        """Output of each batch, in order."""
        if min(self.streams, len(batches)) < 2:
            return [self.compute(batch) for batch in batches]
        with ThreadPoolExecutor(min(self.streams, len(batches))) as pool:
            return list(pool.map(self.compute, batches))


def load_graph(
    path: Path,
    *,
    runtime: Runtime,
    arithmetic: Arithmetic,
    threads: int | None,
    streams: int | None = None,
    outputs: Sequence[str] = (LOGITS,),
) -> Graph:
    """Load a graph.

    Parameters
    ----------
    path
        An ONNX file with the input `input_ids` and these outputs; any other input is a mask and gets ones.
    runtime
        The runtime.
    arithmetic
        Arithmetic of the products with the weights.
    threads
        Threads of the products; None takes one for each core.
    streams
        Batches that OpenVINO computes at once; None gives each thread its own, so that no product waits for the slower half of
        another. ONNX Runtime has one.
    outputs
        Logits that one pass gives, each (n, labels), side by side.

    Raises
    ------
    ModelError
        The runtime is not installed or cannot read the file, or the file lacks an output.
    """
    if runtime == "openvino" or (runtime == "auto" and has("openvino")):
        threads = threads or available_cores()
        streams = streams or threads
        return _load_openvino(path, arithmetic=arithmetic, threads=threads, streams=streams, outputs=outputs)
    return _load_onnxruntime(path, arithmetic=arithmetic, threads=threads, outputs=outputs)


def _load_openvino(path: Path, *, arithmetic: Arithmetic, threads: int, streams: int, outputs: Sequence[str]) -> Graph:
    openvino = _import_openvino()
    settings = {
        "NUM_STREAMS": str(streams),
        "INFERENCE_NUM_THREADS": str(threads),
        "INFERENCE_PRECISION_HINT": "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_GROUP if arithmetic == "int8" else 0),
        # Pinned threads of two processes would share one core and leave another idle.
        "ENABLE_CPU_PINNING": "NO",
    }
    try:
        core = openvino.Core()
        model = core.compile_model(core.read_model(path), "CPU", settings)
    except RuntimeError as error:
        raise _unreadable(path, "openvino>=2026.4", error) from error
    names = [item.any_name for item in model.inputs]
    _check_outputs(path, outputs, [name for item in model.outputs for name in item.names])
    free: SimpleQueue[Any] = SimpleQueue()
    for _ in range(streams):
        free.put(model.create_infer_request())

    def run(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        request = free.get()
        try:
            found = request.infer(_feeds(names, ids))
            return _side_by_side([found[name] for name in outputs])
        finally:
            free.put(request)

    return Graph(run, streams)


def _import_openvino() -> Any:
    """Import OpenVINO without the module through which the import itself would report to its maker."""
    hidden = _TELEMETRY not in sys.modules
    if hidden:
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    try:
        import openvino
    except ImportError as error:
        reason = str(error).splitlines()[0][:200]
        raise ModelError(
            f"openvino cannot be imported ({reason}): pip install --force-reinstall openvino, or pip uninstall openvino, after "
            "which ONNX Runtime computes the model"
        ) from error
    finally:
        if hidden:
            del sys.modules[_TELEMETRY]
    return openvino


def _load_onnxruntime(path: Path, *, arithmetic: Arithmetic, threads: int | None, outputs: Sequence[str]) -> Graph:
    import onnxruntime as ort
    from onnxruntime.capi import onnxruntime_pybind11_state as failures

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if arithmetic == "fp32":
        options.add_session_config_entry("session.disable_quant_qdq", "1")
    try:
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (failures.Fail, failures.InvalidGraph, failures.InvalidProtobuf, failures.NotImplemented) as error:
        raise _unreadable(path, "onnxruntime>=1.22", error) from error
    names = [item.name for item in session.get_inputs()]
    _check_outputs(path, outputs, [item.name for item in session.get_outputs()])

    def run(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return _side_by_side(session.run(list(outputs), _feeds(names, ids)))

    return Graph(run)


def _check_outputs(path: Path, outputs: Sequence[str], found: Sequence[str]) -> None:
    if absent := [name for name in outputs if name not in found]:
        raise ModelError(f"{path} has no output {absent[0]!r}; export the model again")


def _side_by_side(logits: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return logits[0] if len(logits) == 1 else np.hstack(logits)


def _feeds(names: Sequence[str], ids: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    return {name: ids if name == "input_ids" else np.ones_like(ids) for name in names}


def _unreadable(path: Path, remedy: str, error: Exception) -> ModelError:
    return ModelError(
        f"{path} cannot be loaded; install {remedy} or export the model again ({' '.join(str(error).split())[:200]})"
    )


#: Texts that are tokenised and sorted together; bounds the memory of a call of any size.
_CHUNK: Final = 16_384
_SPECIAL: Final = 2


class Encoder:
    """A tokenizer and a graph: texts in, a row of the graph's output for each of them out.

    Parameters
    ----------
    tokenizer
        Path of `tokenizer.json`.
    graph
        Reads the ids of its tokens, [CLS] and [SEP] around them.
    max_length
        Longest input in tokens, those two included.
    batch_tokens
        Tokens in one batch.
    """

    def __init__(self, tokenizer: Path, graph: Graph, *, max_length: int, batch_tokens: int) -> None:
        self.tokenizer = _tokenizer(tokenizer)
        self.room = max_length - _SPECIAL
        self._graph, self._batch_tokens = graph, batch_tokens
        self._ends = [self.tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]")]
        self.width = int(graph(np.array([self._ends], dtype=np.int64)).shape[1])

    def read(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Outputs of shape (n, width) in the order of the texts, and each text's tokens before any cut."""
        parts = [self._read_chunk(texts[start : start + _CHUNK]) for start in range(0, len(texts), _CHUNK)]
        return (
            np.concatenate([np.empty((0, self.width), np.float32), *(outputs for outputs, _ in parts)]),
            np.concatenate([np.empty(0, np.int32), *(n_tokens for _, n_tokens in parts)]),
        )

    def _read_chunk(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        found = self.tokenizer.encode_batch_fast([sendable(text) for text in texts], add_special_tokens=False)
        ids = [encoding.ids for encoding in found]
        n_tokens = np.array([len(row) for row in ids], dtype=np.int32)
        first, last = self._ends
        inputs = [[first, *row[: self.room], last] for row in ids]
        outputs = np.empty((len(inputs), self.width), dtype=np.float32)
        batches = list(token_batches(np.minimum(n_tokens, self.room) + _SPECIAL, self._batch_tokens))
        answers = self._graph.map([np.array([inputs[row] for row in rows], dtype=np.int64) for rows in batches])
        for rows, part in zip(batches, answers, strict=True):
            outputs[rows] = part
        return outputs, n_tokens


class OnnxScorer:
    """Scores texts with the ONNX model of a folder; `load_scorer` finds the folder.

    Parameters
    ----------
    folder
        Folder with `model.onnx`, `tokenizer.json` and `model.json`.
    threads
        Threads of the matrix products; None takes one for each core that this process may use.
    batch_tokens
        Tokens in one batch. Decides speed and memory, never a score.
    cleaner
        The cleaner that `predict` applies; a list of known symbols is the one thing about it that may vary.
    runtime
        What computes the graph: `auto` is OpenVINO where it is installed, else ONNX Runtime.
    arithmetic
        `int8` rounds activations as it goes; `fp32` rounds nothing, at half the speed.
    name
        Name that the scores carry; None takes the card's. Give one with an arithmetic that is not the default.

    Raises
    ------
    ModelError
        The folder is no model, is damaged, or was made for another cleaner.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int | None = None,
        batch_tokens: int = 512,
        cleaner: Cleaner | None = None,
        runtime: Runtime = "auto",
        arithmetic: Arithmetic = "int8",
        name: str | None = None,
    ) -> None:
        self.card: ModelCard = read_card(folder)
        self.cleaner = cleaner or Cleaner()
        self.batch_tokens = batch_tokens
        outputs = (LOGITS, STANCE) if self.card.stances else (LOGITS,)
        graph = load_graph(folder / GRAPH, runtime=runtime, arithmetic=arithmetic, threads=threads, outputs=outputs)
        self._encoder = Encoder(
            folder / TOKENIZER, graph, max_length=self.card.max_length, batch_tokens=self.batch_tokens
        )
        self._name = name or self.card.name
        labels, wanted = self._encoder.width, len(EMOTIONS) + len(self.card.stances)
        if labels != wanted:
            raise ModelError(f"{folder / GRAPH} has {labels} outputs, not {wanted}; export the model again")

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._name

    @property
    def revision(self) -> str:
        """Digest of weights, vocabulary and cut."""
        return self.card.revision

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts.

        Parameters
        ----------
        texts
            Texts as `cleaner` leaves them; any other string has a score too, but the model was not measured on it.

        Returns
        -------
        Scores
            In the order of `texts`. A text's scores do not depend on the texts beside it beyond float rounding (1e-6).
        """
        both, n_tokens = self._encoder.read(texts)
        emotions, stances = both[:, : len(EMOTIONS)], both[:, len(EMOTIONS) :]
        stance = softmax(stances) if self.card.stances else None
        return Scores(softmax(emotions), n_tokens, n_tokens > self._encoder.room, stance)

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts: one row a post, in order; see `predict_posts` for the columns."""
        return predict_posts(self, posts)


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing narrower
        raise ModelError(f"{path} cannot be loaded ({str(error)[:200]}); reinstall emtract") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer

"""What computes an ONNX graph on the processor: OpenVINO, or ONNX Runtime where OpenVINO is not installed."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from emtract.errors import ModelError
from emtract.extras import has
from emtract.workers import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

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
    """A loaded graph, from token ids of texts of one length, (n, length), to logits, (n, labels).

    Attributes
    ----------
    compute
        Logits of one batch; several threads may call it.
    streams
        Batches that it computes at once, its threads shared out among them.
    """

    compute: Callable[[NDArray[np.int64]], NDArray[np.float32]]
    streams: int = 1

    def __call__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Logits of one batch."""
        return self.compute(ids)

    def map(self, batches: Sequence[NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        """Logits of each batch, in order."""
        if min(self.streams, len(batches)) < 2:
            return [self.compute(batch) for batch in batches]
        with ThreadPoolExecutor(min(self.streams, len(batches))) as pool:
            return list(pool.map(self.compute, batches))


def load_graph(
    path: Path, *, runtime: Runtime, arithmetic: Arithmetic, threads: int | None, streams: int | None = None
) -> Graph:
    """Load a graph.

    Parameters
    ----------
    path
        An ONNX file with the input `input_ids` and the output `logits`; any other input is a mask and gets ones.
    runtime
        The runtime.
    arithmetic
        Arithmetic of the products with the weights.
    threads
        Threads of the products; None takes one for each core.
    streams
        Batches that OpenVINO computes at once; None gives each thread its own, so that no product waits for the slower half of
        another. ONNX Runtime has one.

    Raises
    ------
    ModelError
        The runtime is not installed or cannot read the file.
    """
    if runtime == "openvino" or (runtime == "auto" and has("openvino")):
        threads = threads or available_cores()
        return _load_openvino(path, arithmetic=arithmetic, threads=threads, streams=streams or threads)
    return _load_onnxruntime(path, arithmetic=arithmetic, threads=threads)


def _load_openvino(path: Path, *, arithmetic: Arithmetic, threads: int, streams: int) -> Graph:
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
    free: SimpleQueue[Any] = SimpleQueue()
    for _ in range(streams):
        free.put(model.create_infer_request())

    def run(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        request = free.get()
        try:
            logits: NDArray[np.float32] = request.infer(_feeds(names, ids))["logits"]
        finally:
            free.put(request)
        return logits

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


def _load_onnxruntime(path: Path, *, arithmetic: Arithmetic, threads: int | None) -> Graph:
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

    def run(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = session.run(["logits"], _feeds(names, ids))[0]
        return logits

    return Graph(run)


def _feeds(names: Sequence[str], ids: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    return {name: ids if name == "input_ids" else np.ones_like(ids) for name in names}


def _unreadable(path: Path, remedy: str, error: Exception) -> ModelError:
    return ModelError(
        f"{path} cannot be loaded; install {remedy} or export the model again ({' '.join(str(error).split())[:200]})"
    )

"""The machine that a figure stands for: processor, instruction sets, versions, and how fast it multiplies matrices."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.errors import ModelError
from emtract.extras import bring
from emtract.model.onnx import Arithmetic, load_graph
from emtract.workers import available_cores
from tests.benchmarks.measure import Measure, Timing, alternate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Instruction sets that decide which kernels a runtime takes, in the words of /proc/cpuinfo.
INSTRUCTIONS: Final = (
    "avx2",
    "avx512f",
    "avx512_vnni",
    "avx_vnni",
    "avx512_bf16",
    "amx_bf16",
    "amx_int8",
    "asimddp",
    "bf16",
)
PACKAGES: Final = ("emtract", "onnxruntime", "openvino", "tokenizers", "torch", "transformers")
#: Those that multiply whole numbers of eight bits, the fastest first.
INT8: Final = ("amx_int8", "avx512_vnni", "avx_vnni", "asimddp")
ARITHMETICS: Final[tuple[Arithmetic, ...]] = ("fp32", "int8")
_CPUINFO: Final = Path("/proc/cpuinfo")
#: Side of the square matrices.
SIDE: Final = 4096


def describe_machine(cpuinfo: Path = _CPUINFO) -> list[Measure]:
    """Processor, cores that this process may use, instruction sets and versions."""
    found = processor(_text(cpuinfo))
    return [
        Measure("processor", found[0]),
        Measure("cores", available_cores(), "", "that this process may use"),
        Measure("instruction sets", ", ".join(found[1]) or "not known"),
        Measure("python", platform.python_version(), "", ", ".join(_versions())),
    ]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def processor(cpuinfo: str) -> tuple[str, tuple[str, ...]]:
    """Name and instruction sets of the first processor of a /proc/cpuinfo; elsewhere what Python knows."""
    name = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, flags=re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", cpuinfo, flags=re.MULTILINE)
    known = set(flags.group(1).split()) if flags else set()
    label = name.group(1).strip() if name else platform.processor() or platform.machine()
    return label, tuple(item for item in INSTRUCTIONS if item in known)


def int8_instructions(instructions: Sequence[str]) -> str:
    """The instruction set that an int8 product takes on a processor with these; none has no faster way than fp32's."""
    return next((item for item in INT8 if item in instructions), "none of its own")


@dataclass(frozen=True)
class MatrixRate:
    """Seconds of the same large product in each arithmetic.

    Attributes
    ----------
    timings
        Arithmetic -> seconds.
    side
        Side of the matrices.
    streams
        Products at once.
    """

    timings: dict[Arithmetic, Timing]
    side: int
    streams: int

    @property
    def work(self) -> int:
        """Operations of all products, two a multiply-add."""
        return 2 * self.side**3 * self.streams

    def __getitem__(self, arithmetic: Arithmetic) -> float:
        """Operations a second."""
        return self.timings[arithmetic].rate(self.work)

    def rows(self, cpuinfo: Path = _CPUINFO) -> list[Measure]:
        """A row for each arithmetic."""
        notes = {
            "fp32": "int8 weights restored",
            "int8": f"both sides in int8: {int8_instructions(processor(_text(cpuinfo))[1])}",
        }
        size = f"{self.side:,} x {self.side:,}, {self.streams} at once"
        return [
            timing.row(f"matrix rate, {name}", self.work / 1e9, "GFLOP/s", f"{size}, {notes[name]}")
            for name, timing in self.timings.items()
        ]


def matrix_rate(repeats: int, *, side: int = SIDE, progress: Callable[[int, int], None] | None = None) -> MatrixRate:
    """Time a large product with int8 weights through the library, the settings and the threads that read the model.

    Each of the threads multiplies a matrix of `side` rows by a matrix of `side` rows and columns, which is kept in int8:
    `int8` rounds the left one too, as the encoder does; `fp32` restores the right one.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "product.onnx"
        write_product(path, side)
        graphs = {name: load_graph(path, runtime="auto", arithmetic=name, threads=None) for name in ARITHMETICS}
    rows = np.random.default_rng(1).integers(-127, 128, (side, side))
    streams = max(graph.streams for graph in graphs.values())
    for graph in graphs.values():
        graph.map([rows] * streams)
    contenders: dict[str, Callable[[], object]] = {
        name: partial(graph.map, [rows] * streams) for name, graph in graphs.items()
    }
    timed = alternate(contenders, repeats, progress=progress)
    return MatrixRate({name: timed[name] for name in ARITHMETICS}, side, streams)


def write_product(path: Path, side: int) -> None:
    """Write the graph of one product: whole numbers of shape (n, side) by a matrix of int8 codes with a scale a column."""
    onnx = bring("train", "the benchmark", "onnx", error=ModelError)
    helper, kind = onnx.helper, onnx.TensorProto
    draws = np.random.default_rng(0)
    constants = {
        "codes": draws.integers(-127, 128, (side, side), dtype=np.int8),
        "scales": draws.uniform(0.5, 1.5, side).astype(np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["left"], to=kind.FLOAT),
        helper.make_node("DequantizeLinear", ["codes", "scales"], ["right"], axis=1),
        helper.make_node("MatMul", ["left", "right"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("input_ids", kind.INT64, ["n", side])],
        [helper.make_tensor_value_info("logits", kind.FLOAT, ["n", side])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)


def _versions() -> list[str]:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    return found

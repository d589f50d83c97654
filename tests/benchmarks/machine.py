"""The machine that a figure stands for: processor, instruction sets, versions, and how fast it multiplies matrices."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emtract.errors import ModelError
from emtract.extras import bring
from emtract.workers import available_cores
from tests.benchmarks.measure import Measure, Timing, alternate

if TYPE_CHECKING:
    from collections.abc import Callable

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
#: Side of the square matrices.
SIDE: Final = 4096


def describe_machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> list[Measure]:
    """Processor, cores that this process may use, instruction sets and versions."""
    found = processor(cpuinfo.read_text(encoding="utf-8") if cpuinfo.exists() else "")
    return [
        Measure("processor", found[0]),
        Measure("cores", available_cores(), "", "that this process may use"),
        Measure("instruction sets", ", ".join(found[1]) or "not known"),
        Measure("python", platform.python_version(), "", ", ".join(_versions())),
    ]


def processor(cpuinfo: str) -> tuple[str, tuple[str, ...]]:
    """Name and instruction sets of the first processor of a /proc/cpuinfo; elsewhere what Python knows."""
    name = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, flags=re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", cpuinfo, flags=re.MULTILINE)
    known = set(flags.group(1).split()) if flags else set()
    label = name.group(1).strip() if name else platform.processor() or platform.machine()
    return label, tuple(item for item in INSTRUCTIONS if item in known)


def matrix_rates(
    repeats: int, *, side: int = SIDE, progress: Callable[[int, int], None] | None = None
) -> dict[str, Timing]:
    """Seconds of a square matrix product in fp32 and in bf16 on all cores, by torch."""
    torch = bring("train", "the benchmark", "torch", error=ModelError)

    def product(dtype: Any) -> Callable[[], object]:
        left, right = (torch.randn(side, side, generator=torch.Generator().manual_seed(k)).to(dtype) for k in (1, 2))
        left @ right
        return lambda: left @ right

    contenders = {"fp32": product(torch.float32), "bf16": product(torch.bfloat16)}
    return alternate(contenders, repeats, progress=progress)


def _versions() -> list[str]:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    return found

"""What the machine offers: instruction sets, cores, memory."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Final

from emtract.pipeline.doctor.check import Check
from emtract.workers import available_cores

#: Name in /proc/cpuinfo -> what it is called; these decide how fast the matrix products with int8 weights are.
INSTRUCTIONS: Final = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512_vnni": "AVX-512 VNNI",
    "avx_vnni": "AVX VNNI",
    "amx_int8": "AMX int8",
    "amx_bf16": "AMX bf16",
    "asimddp": "NEON dot product",
    "i8mm": "NEON int8 matrices",
}
_INT8: Final = frozenset({"AVX-512 VNNI", "AVX VNNI", "AMX int8", "NEON dot product", "NEON int8 matrices"})
#: Below this the panel of a large archive spills to the disk often.
_LITTLE_MEMORY: Final = 4 << 30


def check_processor() -> list[Check]:
    """Name, instruction sets, cores that this process may use, memory."""
    name, known = this_processor()
    return [
        Check("processor", "name", "ok", name),
        _instructions(known),
        Check("processor", "cores", "ok", f"{available_cores()} that this process may use"),
        _memory(),
    ]


def this_processor() -> tuple[str, tuple[str, ...]]:
    """Return name and instruction sets of the first processor of this machine; where they are not told, as `read_processor`."""
    told = Path("/proc/cpuinfo")
    return read_processor(told.read_text(encoding="utf-8") if told.is_file() else "")


def read_processor(cpuinfo: str) -> tuple[str, tuple[str, ...]]:
    """Return name and instruction sets of the first processor of a /proc/cpuinfo; elsewhere what Python knows."""
    name = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, flags=re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", cpuinfo, flags=re.MULTILINE)
    known = set(flags.group(1).split()) if flags else set()
    label = name.group(1).strip() if name else platform.processor() or platform.machine()
    return label, tuple(called for item, called in INSTRUCTIONS.items() if item in known)


def total_memory() -> int | None:
    """Return the bytes of memory that this process may use, or None where the system does not say."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text(encoding="ascii").strip() if limit.is_file() else ""
    return min(whole, int(text)) if text.isdigit() else whole


def _instructions(known: tuple[str, ...]) -> Check:
    if not known:
        return Check(
            "processor", "instruction sets", "note", "not known", "none needed: scores are the same, only slower"
        )
    slow = (
        "" if _INT8.intersection(known) else "none needed: without int8 instructions scoring takes about twice as long"
    )
    return Check("processor", "instruction sets", "note" if slow else "ok", ", ".join(known), slow)


def _memory() -> Check:
    memory = total_memory()
    if memory is None:
        return Check("processor", "memory", "note", "not known", "set [store] memory_limit to what DuckDB may hold")
    found = f"{memory / (1 << 30):.1f} GiB"
    if memory < _LITTLE_MEMORY:
        return Check("processor", "memory", "note", found, "close other programs, or set [store] memory_limit")
    return Check("processor", "memory", "ok", found)

"""Writes API.md, the list of what emtract promises: python -m tests.promised."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

import emtract
import emtract.study
from emtract.config import Settings

FILE = Path(__file__).parent.parent / "API.md"
HEAD = """# What stays

Names, arguments and keys of this list keep their meaning from one minor version to the next: one that is to go is first said to
go in [CHANGELOG.md](CHANGELOG.md), and works for a minor version more. Everything else may move at any time. A test compares this
list with the code; `python -m tests.promised` writes it.
"""


def default(value: Any, factory: Any = None) -> str:
    """One default as it is printed; '' for none."""
    if value in (MISSING, msgspec.NODEFAULT, inspect.Parameter.empty):
        made = MISSING if factory in (MISSING, msgspec.NODEFAULT, None) else factory()
        return "" if made is MISSING else f" = {made!r}"
    return f" = {value!r}"


def plain(annotation: Any) -> str:
    """A type without the folders of its module."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"(?:\w+\.)+(?=\w)", "", text)


def called(name: str, arguments: list[str], gives: str = "") -> str:
    """A name with its arguments: on one line where there are few, else a line each."""
    one = f"{name}({', '.join(arguments)}){gives}"
    return one if len(one) <= 100 else f"{name}(\n" + "".join(f"    {a},\n" for a in arguments) + f"){gives}"


def signature(name: str, thing: Any) -> str:
    """A function with its arguments, a frozen request with its fields, a constant with its value, a class with its methods."""
    if is_dataclass(thing):
        parts = [f for f in fields(thing) if f.init]
        return called(name, [f"{f.name}: {plain(f.type)}{default(f.default, f.default_factory)}" for f in parts])
    if inspect.isclass(thing) and issubclass(thing, msgspec.Struct):
        return called(name, _keys(thing, deep=False))
    if inspect.isfunction(thing):
        return _function(name, thing)
    if inspect.isclass(thing):
        methods = {n: m for n, m in inspect.getmembers(thing) if not n.startswith("_") and callable(m)}
        return "\n".join([name, *(_function(f"{name}.{n}", getattr(m, "__func__", m)) for n, m in methods.items())])
    return f"{name} = {thing!r}"


def _function(name: str, function: Any) -> str:
    told, starred = [], False
    found = inspect.signature(function)
    for parameter in found.parameters.values():
        if parameter.name in {"self", "cls"}:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            told, starred = [*told, "*"], True
        prefix = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        told.append(f"{prefix}{parameter.name}: {plain(parameter.annotation)}{default(parameter.default)}")
    return called(name, told, f" -> {plain(found.return_annotation)}")


def listed(module: Any) -> str:
    """Every public name of a module."""
    return "\n".join(signature(name, getattr(module, name)) for name in sorted(module.__all__))


def sections() -> str:
    """Every key of the configuration, with its type and default."""
    lines: list[str] = []
    for field in msgspec.structs.fields(Settings):
        for struct in _structs(field.type):
            name = f"[[{field.encode_name}]]" if struct is not field.type else f"[{field.encode_name}]"
            name = f"[{field.encode_name}.NAME]" if get_origin(field.type) is dict else name
            lines += [name, *_keys(struct), ""]
    return "\n".join(lines).rstrip()


def _structs(annotation: Any) -> list[type[msgspec.Struct]]:
    """Sections that a type is, or that it holds."""
    parts = (annotation, *getattr(annotation, "__args__", ()))
    return [part for part in parts if isinstance(part, type) and issubclass(part, msgspec.Struct)]


def _keys(struct: type[msgspec.Struct], before: str = "", *, deep: bool = True) -> list[str]:
    """Keys of a section, and of those within it, or the fields of a struct that is made in Python."""
    lines = []
    for key in msgspec.structs.fields(struct):
        deeper = _structs(key.type) if deep else []
        if not deeper or any(get_origin(t) is Literal for t in get_args(key.type)):
            lines.append(f"{before}{key.encode_name}: {plain(key.type)}{default(key.default, key.default_factory)}")
        lines += [line for inner in deeper for line in _keys(inner, f"{before}{key.encode_name}.")]
    return lines


def promised() -> str:
    """The whole list."""
    parts = {
        "`import emtract`": listed(emtract),
        "`from emtract.study import ...`: what a study file names": listed(emtract.study),
        "`emtract.toml`": sections(),
    }
    return HEAD + "".join(f"\n## {title}\n\n```\n{text}\n```\n" for title, text in parts.items())


if __name__ == "__main__":
    FILE.write_text(promised(), encoding="utf-8")

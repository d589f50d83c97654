"""docs/configuration.md: sections, keys, types, defaults, meanings."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect as types

from emtract import sections as told
from emtract.config import Settings
from tests.docs.cells import escaped
from tests.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtract.sources import Section


def configuration() -> str:
    """Every section with its keys."""
    parts = []
    for name, section in sections():
        said = parameters(section)
        about = re.split(r"^(?:Parameters|Attributes)\n-", inspect.getdoc(section) or "", flags=re.MULTILINE)[0]
        about = unset(plain(about.partition(": ")[2] if about.startswith("[") else about)).strip()
        fields = [f for f in types.type_info(section).fields if f.encode_name in told.keys(section)]
        own = [f for f in fields if not any(s for s in told.sections(Settings).values() if _holds(f.type, s))]
        rows = [
            (f"`{f.encode_name}`", kind(f.type), default(f), unset(escaped(said.get(f.encode_name, ""))))
            for f in own or fields
        ]
        heading = f"## `{name}`" if name.startswith("[") else f"## {name}"
        parts.append(
            f"{heading}\n\n{about[:1].upper()}{about[1:]}\n\n" + table(("key", "what", "default", "meaning"), rows)
        )
    return "\n\n".join(parts)


def sections() -> Iterator[tuple[str, type[Section]]]:
    """Each section of the configuration as the file writes it, with the class that declares it."""
    for place, section in told.sections(Settings).items():
        yield told.written(place, Settings) if place else "Above every section", section


def kind(hint: types.Type) -> str:
    """What a key may be, in words."""
    match hint:
        case types.UnionType():
            return " or ".join(kind(part) for part in hint.types if not isinstance(part, types.NoneType))
        case types.LiteralType():
            return ", ".join(f'`"{value}"`' for value in hint.values)
        case types.IntType():
            return "whole number" if hint.ge is None else f"whole number, at least {hint.ge}"
        case types.FloatType():
            return "number" if hint.ge is None else f"number from {hint.ge} to {hint.le}"
        case types.VarTupleType():
            return f"list of {kind(hint.item_type)}s"
        case types.DictType():
            return f"table of name = {kind(hint.value_type)}"
        case types.StructType():
            return "table"
    return {types.StrType: "text", types.BoolType: "true or false", types.DateType: "day"}[type(hint)]


def default(field: types.Field) -> str:
    """What a key is where the file does not say it."""
    if field.required:
        return "needed"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if value is None or value in ((), {}) or isinstance(value, msgspec.Struct):
        return ""
    return f"`{msgspec.json.encode(value).decode()}`"


def parameters(thing: Any) -> dict[str, str]:
    """Names that a docstring tells of under Parameters or Attributes, with what it says."""
    text = inspect.getdoc(thing) or ""
    found = re.search(r"^(?:Parameters|Attributes)\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    parts = re.split(r"^(\w[\w, ]*)\n(?=    )", found[1] if found else "", flags=re.MULTILINE)
    return {
        name: plain(" ".join(said.split()))
        for names, said in zip(parts[1::2], parts[2::2], strict=True)
        for name in names.split(", ")
    }


def unset(text: str) -> str:
    """The meaning of a key as a file in TOML has it, which knows no None."""
    return re.sub(r"(^|\. )None\b", r"\1Unset", text).replace("None", "unset")


def plain(text: str) -> str:
    """A docstring's literals as Markdown has them."""
    return text.replace("``", "`").replace("\\", "")


def _holds(hint: types.Type, section: type) -> bool:
    """Whether a key is nothing but a section of its own."""
    inner = hint.item_type if isinstance(hint, types.VarTupleType) else hint
    inner = hint.value_type if isinstance(hint, types.DictType) else inner
    return isinstance(inner, types.StructType) and inner.cls is section

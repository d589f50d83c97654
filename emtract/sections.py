"""The sections of a configuration file as it writes them, and what is wrong with one, in words."""

from __future__ import annotations

import difflib
import re
from typing import get_args, get_origin, get_type_hints

from emtract.sources import Section


def sections(top: type[Section]) -> dict[str, type[Section]]:
    """Return the place of each section as msgspec spells it -> its class; "" is the top of the file."""
    found: dict[str, type[Section]] = {"": top}
    ahead = [""]
    for place in ahead:
        for name, hint in get_type_hints(found[place]).items():
            kinds = [kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and issubclass(kind, Section)]
            if kinds:
                inner = f"{place}{'.' if place else ''}{name}{'[...]' if get_origin(hint) in (tuple, dict) else ''}"
                found[inner] = kinds[0]
                ahead.append(inner)
    return found


def keys(section: type[Section]) -> list[str]:
    """Return the keys that a file may say of a section."""
    return sorted(set(section.__struct_fields__) - {"base"})


def written(place: str, top: type[Section]) -> str:
    """Return how a section stands in the file."""
    if not place:
        return "the top of the file, above every [section]"
    name = place.removesuffix("[...]")
    if get_origin(get_type_hints(top).get(name)) is dict:
        return f"[{name}.NAME]"
    return f"[[{name}]]" if place.endswith("[...]") else f"[{place.replace('[...]', '')}]"


def explain(message: str, top: type[Section]) -> str:
    """Say what is wrong with a file, and what to write, from what msgspec says of it.

    Parameters
    ----------
    message
        Of a `msgspec.ValidationError`.
    top
        What the whole file is read as.
    """
    found = re.search(r" - at `(?:key in )?\$\.?([^`]*)`", message)
    place = re.sub(r"\[\d+\]", "[...]", found.group(1)) if found else ""
    what = message[: found.start()] if found else message
    if unknown := re.search(r"unknown field `(.*)`", what, flags=re.DOTALL):
        return _unknown(unknown.group(1)[:100], place, top)
    if missing := re.search(r"missing required field `([^`]*)`", what):
        return f"{written(place, top)} lacks the key {missing.group(1)!r}: add it"
    within = sections(top)
    section, _, key = place.rpartition(".")
    known = _texts(get_type_hints(within[section]).get(key)) if section in within else ()
    if known and "enum" in what:
        return f"{what} at {place}: known are {', '.join(known)}"
    if place in within or f"{place}[...]" in within:
        right = written(place if place in within else f"{place}[...]", top)
        return f"{what} at {place}: write it as the section {right}"
    if "date" in what:
        return f"{what} at {place}: write a day, as in {key} = 2020-01-31"
    return f"{what} at {place}" + (f": known are {', '.join(known)}" if known else "")


def _texts(hint: object) -> tuple[str, ...]:
    """Texts that a type takes, and the texts of types within it."""
    return tuple(text for inner in get_args(hint) for text in ((inner,) if isinstance(inner, str) else _texts(inner)))


def _unknown(key: str, place: str, top: type[Section]) -> str:
    """Say where an unknown key belongs: here or in a section within this one, else in another section."""
    held = sections(top)
    here = place if place in held else ""
    where = f" in {written(place, top)}" if place else ""
    told = f"unknown key {key!r}{where}"
    within = {p: section for p, section in held.items() if p.startswith(f"{here}.") or p == here}
    # A key of another section is named where it is almost what was written.
    for homes, alike in ((within, 0.6), (held, 0.8)):
        owners = {
            name: [p for p, section in homes.items() if name in keys(section)]
            for s in homes.values()
            for name in keys(s)
        }
        if near := difflib.get_close_matches(key, owners, n=1, cutoff=alike):
            if here in owners[near[0]]:
                return f"{told}; did you mean {near[0]!r}?"
            known = "" if homes is within else f"; known here: {', '.join(keys(held[here]))}"
            return f"{told}; {near[0]!r} belongs to {' or '.join(written(p, top) for p in owners[near[0]])}{known}"
    return f"{told}; known keys: {', '.join(keys(held[here]))}"

"""The wire format of protocol buffers, as far as an ONNX file needs it: fields of a message, and a message of fields.

Not the package onnx, which only the extra for training brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtract.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_VARINT: Final = 0
_BYTES: Final = 2
#: Kind on the wire -> bytes of the values of the kinds that have a fixed size.
_SIZES: Final = {1: 8, 5: 4}


class Field(NamedTuple):
    """A field of a message: its number, and its value: a number of a varint, else bytes; `wire` tells the kinds apart."""

    number: int
    value: int | bytes
    wire: int = _BYTES


def text(number: int, value: str) -> Field:
    """Return a field of text."""
    return Field(number, value.encode())


def integer(number: int, value: int) -> Field:
    """Return a field of a number that is not negative."""
    return Field(number, value, _VARINT)


def message(number: int, *parts: Field) -> Field:
    """Return a field of a message."""
    return Field(number, joined(parts))


def joined(parts: Iterable[Field]) -> bytes:
    """Return the bytes of a message."""
    return b"".join(_written(part) for part in parts)


def fields(data: bytes) -> Iterator[Field]:
    """Yield the fields of a message in order; raises `ModelError` where the bytes are none."""
    place = 0
    try:
        while place < len(data):
            key, place = _read_varint(data, place)
            number, wire = key >> 3, key & 7
            if wire == _VARINT:
                value, place = _read_varint(data, place)
                yield Field(number, value, wire)
                continue
            size = _SIZES[wire] if wire != _BYTES else None
            if size is None:
                size, place = _read_varint(data, place)
            if place + size > len(data):
                raise IndexError
            yield Field(number, data[place : place + size], wire)
            place += size
    except (IndexError, KeyError) as error:
        raise ModelError("the graph is damaged: put the model's files back as its maker ships them") from error


def _written(part: Field) -> bytes:
    key = _varint(part.number << 3 | part.wire)
    if isinstance(part.value, int):
        return key + _varint(part.value)
    return key + (_varint(len(part.value)) if part.wire == _BYTES else b"") + part.value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place

"""Lists of ids in one column: subscribers as little-endian 64-bit numbers, messages as decimal text."""

import sys
from array import array
from collections.abc import Iterable

WIDTH = 8
"""Bytes that one packed id takes."""


def pack(ids: Iterable[int]) -> bytes:
    """Ids as bytes."""
    numbers = array("q", ids)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def unpack(data: bytes) -> "array[int]":
    """The ids in bytes made by `pack`."""
    numbers = array("q")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def join(message_ids: Iterable[int]) -> str:
    """Message ids as text, in order."""
    return ",".join(map(str, message_ids))


def split(text: str) -> tuple[int, ...]:
    """The message ids in text made by `join`."""
    return tuple(map(int, text.split(","))) if text else ()

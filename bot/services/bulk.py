"""Bulk work without the garbage collector. Apart because reading, storing and the reading process all hold it back."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the collector back during a piece of work that makes a million small values and no cycles to speak of: it
    would look through all of them again and again, for a fifth of the time, and find nothing."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

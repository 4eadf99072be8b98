"""The parts of the editions being sent, read or rendered once and kept while they are in use. Apart because thousands
of deliveries share one, and because rendering must not hold up the loop.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.core.model import ChatKind
from bot.errors import DigestbotError, StorageError
from bot.rendering.edition_view import Rendering
from bot.rendering.message import OutgoingMessage

_LOG = logging.getLogger(__name__)
Parts = tuple[OutgoingMessage, ...]
_KEPT = 256
_LONGEST_FAULT = 200  # characters


class UnrenderableError(DigestbotError):
    """An edition cannot be made into messages, and trying again would not help."""


class Shown:
    """An edition's messages in the forms that chats need. The same message object is given to everybody, so that a
    sender may remember what it made of it."""

    def __init__(self, rendering: Rendering) -> None:
        self.layout = rendering.layout
        self.revision = rendering.revision
        self._forms = {(False, False): rendering.parts}

    def parts(self, kind: ChatKind, *, silent: bool = False) -> Parts:
        """The messages for a chat of this kind, sounding or silent. In channels they have no buttons: a press by any
        reader there would be answered before all of them."""
        bare = kind is ChatKind.CHANNEL
        if (silent, bare) not in self._forms:
            self._forms[silent, bare] = tuple(
                replace(part, silent=part.silent or silent, keyboard=() if bare else part.keyboard)
                for part in self._forms[False, False]
            )
        return self._forms[silent, bare]


class Editions:
    """A bounded cache in front of `load`, which is synchronous and runs in a thread."""

    def __init__(self, load: Callable[[int], Rendering]) -> None:
        self._load = load
        self._known: OrderedDict[int, asyncio.Task[Shown | str]] = OrderedDict()
        self._reported: set[int] = set()

    async def get(self, edition_id: int) -> Shown:
        """An edition's messages. Raises StorageError, which may pass, or UnrenderableError, which is logged once for
        each edition however many were to receive it."""
        task = self._known.get(edition_id)
        if task is None:
            task = self._known[edition_id] = asyncio.create_task(self._loaded(edition_id))
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(edition_id)
        try:
            shown = task.result() if task.done() else await asyncio.shield(task)
        except StorageError:
            if self._known.get(edition_id) is task:
                del self._known[edition_id]  # next time may do better
            raise
        if isinstance(shown, str):
            raise UnrenderableError(shown)
        return shown

    def forget(self, edition_ids: Iterable[int]) -> None:
        """These were corrected: whoever asks next gets the new messages."""
        for edition_id in edition_ids:
            self._known.pop(edition_id, None)

    async def _loaded(self, edition_id: int) -> Shown | str:
        """The messages, or why there are none."""
        try:
            return Shown(await asyncio.to_thread(self._load, edition_id))
        except StorageError:
            raise
        except Exception as error:  # a fault of the program in one edition must not stop the others
            expected = isinstance(error, DigestbotError)
            fault = f"{error}" if expected else f"{type(error).__name__}: {error}"[:_LONGEST_FAULT]
            if edition_id not in self._reported:
                self._reported.add(edition_id)
                _LOG.error(
                    "edition %s cannot be rendered: %s",
                    *(edition_id, fault),
                    exc_info=None if expected else error,
                )
            return fault

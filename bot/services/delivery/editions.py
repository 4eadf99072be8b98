"""The parts of the editions being sent, read or rendered once and kept while they are in use. Apart because thousands
of deliveries share one, and because rendering must not hold up the loop.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.core.model import ChatKind
from bot.rendering.edition_view import Rendering
from bot.rendering.message import OutgoingMessage

Parts = tuple[OutgoingMessage, ...]
_KEPT = 256


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
        self._known: OrderedDict[int, asyncio.Task[Shown]] = OrderedDict()

    async def get(self, edition_id: int) -> Shown:
        """An edition's messages. Raises what loading raises."""
        task = self._known.get(edition_id)
        if task is None:
            task = self._known[edition_id] = asyncio.create_task(self._loaded(edition_id))
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(edition_id)
        try:
            return task.result() if task.done() else await asyncio.shield(task)
        except Exception:
            if self._known.get(edition_id) is task:
                del self._known[edition_id]  # next time may do better
            raise

    def forget(self, edition_ids: Iterable[int]) -> None:
        """These were corrected: whoever asks next gets the new messages."""
        for edition_id in edition_ids:
            self._known.pop(edition_id, None)

    async def _loaded(self, edition_id: int) -> Shown:
        return Shown(await asyncio.to_thread(self._load, edition_id))

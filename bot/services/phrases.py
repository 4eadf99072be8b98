"""Texts too long for a button: kept once, found again by a short number, so that old buttons work after a restart."""

from collections.abc import Callable
from datetime import datetime

from bot.core.actions import ButtonText, QueryRef, fits_button
from bot.errors import NotFoundError
from bot.storage import Storage


class Phrases:
    """What readers searched for, where it does not fit into 64 bytes of callback data. It is not said who did, and
    nothing is kept for longer than a month; `now` reads the clock."""

    def __init__(self, storage: Storage, *, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._now = now

    def keep(self, text: str) -> ButtonText:
        """The text itself if a button can carry it, else a reference to it."""
        if fits_button(text):
            return text
        with self._storage.writing() as tx:
            tx.phrases.expire(now=self._now())
            return QueryRef(tx.phrases.keep(text))

    def refer(self, text: str) -> QueryRef:
        """A reference to the text, however short it is, for a button with little room."""
        with self._storage.writing() as tx:
            tx.phrases.expire(now=self._now())
            return QueryRef(tx.phrases.keep(text))

    def find(self, carried: ButtonText) -> str | None:
        """The text that a button carried; None for a reference that means nothing."""
        if isinstance(carried, str):
            return carried
        try:
            with self._storage.reading() as tx:
                return tx.phrases.get(carried.id)
        except NotFoundError:
            return None

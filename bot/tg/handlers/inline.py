"""Inline mode: `@bot words` in any chat, answered with items ready to share. The reader's own settings decide how they
look, wherever they are shared.
"""

from datetime import tzinfo

from bot.core.highlight import snippet
from bot.core.query import Query
from bot.rendering.inline_view import InlineAnswer, InlineResult, inline_result, inline_view
from bot.services.reading import Slice
from bot.tg.ask import Ask
from bot.tg.desk import Desk
from bot.tg.handlers.search import LONGEST_QUERY, SNIPPET

BATCH = 20  # results of one answer: enough to scroll on before the next are asked for
LAST_OFFSET = 1_000
_NEWEST_SECONDS = 60  # the newest items change with every digest
_FOUND_SECONDS = 300


def inline(desk: Desk, ask: Ask, offset: str) -> InlineAnswer:
    """The items that the words of `ask` find, the newest ones without any words; `offset` is what an earlier answer
    gave as the next one. An offset of somebody else's making has no results."""
    reader = desk.reader(ask)
    start = int(offset or "0") if len(offset) <= len(str(LAST_OFFSET)) and (offset or "0").isdecimal() else -1
    if not 0 <= start <= LAST_OFFSET:
        return InlineAnswer()
    query = desk.reading.parse(ask.text[:LONGEST_QUERY], today=desk.today(ask, reader).date())
    part = _found(desk, query, start, reader.look.time_zone)
    results: list[InlineResult] = []
    for stored in part.items:
        text, found = snippet(stored.item.body.text, query.must, SNIPPET) if query.must else ("", ())
        results.append(inline_result(stored, reader.look, text if found else ""))
    end = start + len(part.items)
    more = part.items and end <= LAST_OFFSET and (end < part.total or not part.exact)
    return inline_view(
        results,
        reader.look,
        next_offset=str(end) if more else "",
        cache_seconds=_NEWEST_SECONDS if query.empty else _FOUND_SECONDS,
        first=start == 0,
    )


def _found(desk: Desk, query: Query, start: int, zone: tzinfo) -> Slice:
    if query.empty:
        newest = desk.reading.newest(limit=BATCH + 1, offset=start)
        return Slice(tuple(newest[:BATCH]), start + len(newest), exact=True)
    return desk.reading.search(query, limit=BATCH, offset=start, zone=zone)

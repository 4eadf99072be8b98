"""Roundups planned: what readers are owed becomes editions over several digests and batches of readers, and their
agendas go on, in one transaction. A crash leaves both or neither.

Readers are planned for by the thousand. Rules and stories are matched once for all of them, readers whose choice comes
out alike share an edition, and what costs work grows with the readers who are due and not with all there are.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache, partial
from typing import Final

from bot.core.agenda import Agenda, Owed, Timing, Verdict, look, timing_of
from bot.core.model import Language, Preferences, Script, Style
from bot.core.roundup import MOST, heading_of
from bot.services.pool import Pool, Wish
from bot.storage import AgendaLine, NewEdition, Transaction

_SHORT: Final = timedelta(hours=36)  # roundups of a day do not carry the items of a week along
_NO_WISH: Final = Wish()
_MOST_POOLS: Final = 4
_MOST_EDITIONS: Final = 50_000
_MOST_WAITING: Final = 500  # items kept until they are enough; the newest


@dataclass(frozen=True, slots=True)
class _Due:
    """A reader to whom something is owed now."""

    line: AgendaLine
    timing: Timing
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What one group of readers receives: the roundup without its taste."""

    item_ids: tuple[int, ...]
    digest_id: int
    digests: frozenset[int]
    heading: str
    hidden: int
    more: int


Taste = tuple[Style, Language, Script, bool, int, bool]


@dataclass(slots=True)
class Made:
    """What one run has made so far and can use again: the pools of items, and editions by what they show, the latest
    of each: a million readers may all choose differently. `until`: the last batch before it began; a run plans for
    nobody twice."""

    until: int
    pools: dict[tuple[object, ...], Pool] = field(default_factory=dict)
    editions: dict[tuple[_Chosen, Taste], int] = field(default_factory=dict)

    def shrink(self) -> None:
        """Let go of what was made long ago."""
        while len(self.pools) > _MOST_POOLS:
            del self.pools[next(iter(self.pools))]
        while len(self.editions) > _MOST_EDITIONS:
            del self.editions[next(iter(self.editions))]


def plan_roundups(tx: Transaction, lines: Sequence[AgendaLine], *, now: datetime, zone: tzinfo, made: Made) -> int:
    """Plan what is due for these readers (from `tx.agendas.take_due`), and bring their agendas up to date; how many of
    them are sent something. `zone` is for readers who chose none."""
    agendas: list[tuple[int, Agenda]] = []
    groups: dict[bool, list[_Due]] = {True: [], False: []}
    looking = cache(partial(_look, now=now, zone=zone))  # most readers of a time wish the same
    for line in lines:
        if not line.active:
            agendas.append((line.subscriber_id, replace(line.agenda, due_at=None)))
            continue
        timing, verdict = looking(line.agenda, line.preferences, line.returned)
        if verdict.owed:
            groups[verdict.start >= now - _SHORT].append(_Due(line, timing, verdict))
        else:
            agendas.append((line.subscriber_id, verdict.agenda))
    sent = 0
    for group in filter(None, groups.values()):
        planner = _Planner(tx, _pool(tx, group, made), made, now=now)
        agendas += planner.plan(group)
        sent += planner.sent
    tx.agendas.put(agendas)
    made.shrink()
    return sent


def _look(
    agenda: Agenda, preferences: Preferences, returned: datetime | None, *, now: datetime, zone: tzinfo
) -> tuple[Timing, Verdict]:
    timing = timing_of(preferences, zone)
    return timing, look(agenda, timing, now=now, returned=returned)


def _pool(tx: Transaction, group: Sequence[_Due], made: Made) -> Pool:
    """The items that may be owed to any of a group."""
    announced = dict(tx.roundups.list_announced(min(due.verdict.start for due in group)))
    waiting = {item_id for due in group for item_id in due.line.agenda.waiting}
    apart = {item.digest_id for item in tx.items.get_many(sorted(waiting))} - announced.keys()
    digests = [tx.digests.get(digest_id) for digest_id in (*announced, *sorted(apart))]
    key = tuple((stored.id, stored.revision, announced.get(stored.id)) for stored in digests)
    if key not in made.pools:
        made.pools[key] = Pool(tx, [(stored, announced.get(stored.id)) for stored in digests])
    return made.pools[key]


class _Planner:
    """Plans for one group of readers, whose items are in one pool."""

    def __init__(self, tx: Transaction, pool: Pool, made: Made, *, now: datetime) -> None:
        self._tx = tx
        self._pool = pool
        self._made = made
        self._now = now
        self._readers: defaultdict[tuple[_Chosen, Taste], list[int]] = defaultdict(list)
        self._chosen = cache(self._choose)
        self.sent = 0

    def plan(self, group: Sequence[_Due]) -> list[tuple[int, Agenda]]:
        """Write editions and batches; the agendas afterwards."""
        owners = [due.line.subscriber_id for due in group]
        wishes, seen = self._pool.wishes(self._tx, owners), self._pool.seen(self._tx, owners, until=self._made.until)
        agendas = [
            (owner, self._planned(due, wishes.get(owner, _NO_WISH), seen.get(owner, 0)))
            for owner, due in zip(owners, group, strict=True)
        ]
        self._write()
        return agendas

    def _planned(self, due: _Due, wish: Wish, seen: int) -> Agenda:
        """Choose for one reader; the agenda afterwards."""
        line, agenda = due.line, due.verdict.agenda
        pool = self._pool
        window = pool.window(due.verdict.start)
        everything = window | pool.bits(agenda.waiting)
        wanted = everything & ~wish.mutes & (wish.follows if line.follows else everything)
        fresh = wanted & ~seen
        told = pool.ranked(fresh, fresh & wish.topics)
        if len(told) < line.preferences.min_items:
            waiting = sorted((item.id for item in pool.picked(fresh)), reverse=True)
            return replace(agenda, waiting=tuple(waiting[:_MOST_WAITING]))
        if told:
            hidden = (window & ~wanted).bit_count()
            chosen = self._chosen(fresh, fresh & wish.topics, due.verdict.owed, zone=due.timing.zone, hidden=hidden)
            self._readers[chosen, _taste(line)].append(line.subscriber_id)
        return replace(agenda, waiting=()) if agenda.waiting else agenda

    def _choose(self, fresh: int, followed: int, owed: Owed, *, zone: tzinfo, hidden: int) -> _Chosen:
        told = self._pool.ranked(fresh, followed)
        shown = told[: MOST[owed]]
        return _Chosen(
            item_ids=tuple(item.id for item in shown),
            digest_id=max(item.digest_id for item in shown),
            digests=frozenset(item.digest_id for item in shown),
            heading=str(heading_of(owed, zone, self._now)),
            hidden=hidden,
            more=len(told) - len(shown),
        )

    def _write(self) -> None:
        new = [key for key in self._readers if key not in self._made.editions]
        ids = self._tx.ledger.add_editions([self._edition(*key) for key in new])
        self._tx.roundups.link({key: chosen.digests for key, (chosen, _) in zip(ids, new, strict=True)})
        self._made.editions.update(zip(new, ids, strict=True))
        self.sent = self._tx.ledger.add_all_batches(
            ((self._made.editions[key], sorted(owners)) for key, owners in self._readers.items()), due_at=self._now
        )

    def _edition(self, chosen: _Chosen, taste: Taste) -> NewEdition:
        style, language, script, rich, per_message, link_preview = taste
        return NewEdition(
            digest_id=chosen.digest_id,
            item_ids=chosen.item_ids,
            style=style,
            language=language,
            script=script,
            hidden=chosen.hidden,
            revision=self._pool.revisions[chosen.digest_id],
            rich=rich,
            per_message=per_message,
            link_preview=link_preview,
            roundup=chosen.heading,
            more=chosen.more,
        )


def _taste(line: AgendaLine) -> Taste:
    wishes = line.preferences
    return (wishes.style, line.language, wishes.script, wishes.rich, wishes.per_message, wishes.link_preview)

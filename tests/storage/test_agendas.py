"""Agendas: begun when a schedule is wished for, taken in order of time, written back together; and what an upgrade
makes of readers who had a schedule before there were any.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.core.agenda import Agenda, Owed
from bot.core.model import Place, Preferences, Subscriber, SubscriberState
from bot.storage import Storage, SubscriberLine, packing, schema
from tests.postgres import PostgresServer
from tests.storage.conftest import NOW

Join = Callable[..., Subscriber]
DAILY = Preferences(schedule=("daily 08:00",))
LATER = NOW + timedelta(hours=8)


def test_only_who_has_a_schedule_has_an_agenda(storage: Storage, join: Join) -> None:
    plain, changed = join(1), join(2)
    with storage.writing() as tx:
        tx.subscribers.set_preferences(changed.id, DAILY, now=NOW)
        tx.importer.upsert_many([SubscriberLine(Place(3), preferences={"schedule": ("daily 08:00",)})], now=NOW)
        imported = tx.subscribers.find(Place(3))
        assert imported is not None
        assert tx.agendas.find(plain.id) is None
        assert tx.agendas.find(changed.id) == tx.agendas.find(imported.id) == Agenda(NOW, looked=NOW)


def test_agendas_are_taken_in_order_of_time_and_come_back_as_written(storage: Storage, join: Join) -> None:
    readers = [join(number) for number in range(1, 4)]
    with storage.writing() as tx:
        for reader in readers:
            tx.subscribers.set_preferences(reader.id, DAILY, now=NOW)
        late = Agenda(
            due_at=NOW + timedelta(seconds=1),
            looked=NOW,
            key="daily 08:00|UTC",
            held=NOW,
            since=NOW - timedelta(days=1),
            owed=Owed.DAILY,
            slots=(("daily 08:00", NOW),),
            waiting=(7, 9),
        )
        never = Agenda(None, looked=NOW)
        tx.agendas.put([(readers[0].id, late), (readers[1].id, never)])
        assert [line.subscriber_id for line in tx.agendas.take_due(now=LATER, limit=5)] == [
            readers[2].id,
            readers[0].id,
        ]
        assert [line.subscriber_id for line in tx.agendas.take_due(now=LATER, limit=1)] == [readers[2].id]
        assert (tx.agendas.find(readers[0].id), tx.agendas.find(readers[1].id)) == (late, never)
        assert list(tx.agendas.pending()) == [readers[0].id]
        assert tx.agendas.next_due() == NOW


def test_what_is_held_first_and_due_first_counts(storage: Storage, join: Join) -> None:
    reader = join(1)
    with storage.writing() as tx:
        tx.agendas.hold([reader.id], since=NOW, due_at=LATER)
        tx.agendas.hold([reader.id], since=NOW + timedelta(hours=1), due_at=LATER + timedelta(hours=1))
        agenda = tx.agendas.find(reader.id)
        assert agenda is not None
        assert (agenda.held, agenda.due_at) == (NOW, LATER)
        tx.agendas.hold([reader.id], since=NOW, due_at=NOW)
        assert tx.agendas.next_due() == NOW


@pytest.mark.parametrize(
    ("state", "reason", "returned"),
    [
        (SubscriberState.PAUSED, "", None),  # before the first subscription
        (SubscriberState.PAUSED, "unsubscribed", LATER),
        (SubscriberState.BLOCKED, "blocked", LATER),
        (SubscriberState.ACTIVE, "", None),
    ],
)
def test_who_comes_back_is_known(
    storage: Storage, join: Join, state: SubscriberState, reason: str, returned: object
) -> None:
    reader = join(1)
    with storage.writing() as tx:
        tx.subscribers.set_preferences(reader.id, DAILY, now=NOW)
        tx.subscribers.set_state(reader.id, state, reason=reason, now=NOW)
        tx.subscribers.set_state(reader.id, SubscriberState.ACTIVE, now=LATER)
        (line,) = tx.agendas.take_due(now=LATER, limit=2)
        assert (line.returned, line.active) == (returned, True)


_BEFORE = """
INSERT INTO digest (id, slot, slot_offset, date, date_offset, title, window_hours, revision, content_hash, source,
    changes, created, updated)
    VALUES (29000000, '2026-01-05 08:00', 0, '2026-01-05 08:00', 0, 't', 4, 1, 'h', 's', '[]',
    '2026-01-05 08:00', '2026-01-05 08:00');
INSERT INTO subscriber (id, chat_id, thread_id, kind, title, language, state, state_reason, since, updated, style,
    script, schedule, each, rich, silent, follows)
    SELECT n, n, 0, 'private', '', 'en', 'active', '', d, d, 'full', 'hans', s, 0, 0, 0, 0
    FROM (SELECT 1 AS n, 'each' AS s UNION ALL SELECT 2, 'daily 08:00') AS made,
    (SELECT updated AS d FROM digest) AS day;
INSERT INTO edition (id, digest_id, item_ids, style, language, script, rich, hidden, revision)
    VALUES (1, 29000000, '[]', 'full', 'en', 'hans', false, 0, 1);
INSERT INTO delivery (id, digest_id, edition_id, subscriber_id, state, parts_sent, message_ids, attempts, due_at,
    updated)
    SELECT 41, id, 1, 1, 'sent', 1, '77', 0, updated, updated FROM digest;
INSERT INTO correction (delivery_id, due_at, attempts) SELECT 41, due_at, 1 FROM delivery
"""


@pytest.mark.parametrize("version", ["0006", "0008"])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_an_upgrade_keeps_the_ledger_and_begins_agendas(
    request: pytest.FixtureRequest, engine: str, version: str, tmp_path: object
) -> None:
    server: PostgresServer | None = request.getfixturevalue("postgres_server") if engine == "postgresql" else None
    url = server.create() if server else f"sqlite:///{tmp_path}/old.db"
    with Storage.open(url) as storage:
        with storage._connected(writing=True) as connection:
            schema.upgrade(connection, to=version)
            for statement in _BEFORE.split(";"):
                connection.execute(text(statement))
            waiting = text("INSERT INTO batch (edition_id, due_at, subscriber_ids) SELECT 1, updated, :ids FROM digest")
            connection.execute(waiting, {"ids": packing.pack([1, 2])})
        storage.upgrade()
        with storage.reading() as tx:
            assert tx.ledger.get(41).message_ids == (77,)
            assert tx.corrections.next_due() == tx.ledger.get(41).due_at
            assert [digest for digest, _ in tx.roundups.list_announced(NOW - timedelta(days=30))] == [29000000]
            assert tx.agendas.find(1) is None
            agenda = tx.agendas.find(2)
            assert agenda is not None
            assert agenda.due_at == agenda.looked
        with storage.writing() as tx:
            assert tx.ledger.expand(9, now=NOW) == 1
            due = tx.ledger.claim(now=NOW, lease_until=NOW, limit=9)
            assert [delivery.subscriber_id for delivery in due] == [2]
            tx.agendas.hold([1], since=NOW, due_at=NOW)

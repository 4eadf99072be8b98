"""An archive in which every table holds something, and all that a database holds, to compare."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Table, insert, select
from sqlalchemy.dialects import postgresql

from bot.core.model import (
    ChatKind,
    Language,
    Night,
    Place,
    Repeats,
    Rule,
    RuleAction,
    RuleKind,
    Script,
    Style,
    SubscriberState,
)
from bot.storage import SavedMark, Storage, SubscriberLine
from bot.storage.columns import Row
from bot.storage.tables import LEASE
from tests.services.delivery_kit import Ground, in_virtual_time
from tests.storage.digests import at, digest, hash_of, item

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DOTEY, ANN = "https://x.com/dotey/status/1", "https://example.org/b"
FIRST = item(1, "大模型发布了", "开放权重，<b>八百亿</b>参数。", author="宝玉", url=DOTEY, topics=("models",))
SECOND = item(2, "Robots stack boxes", "All night long. 😀", author="Ann", url=ANN, topics=("robotics",))
THIRD = item(3, "芯片降价", "第三个月。", topics=("compute", "industry"))
WISHES: dict[str, object] = {
    "style": Style.FULL,
    "script": Script.HANT,
    "schedule": ("daily 08:30", "weekly MON 09:00"),
    "time_zone": "Asia/Tokyo",
    "quiet": "22:00-07:00",
    "rich": True,
    "silent": True,
    "night": Night.SILENT,
    "min_items": 3,
    "per_message": 5,
    "link_preview": True,
    "repeats": Repeats.HIDE,
}
RULES = (
    Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, "开放权重"),
    Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "models"),
    Rule(RuleAction.MUTE, RuleKind.AUTHOR, "@GaryMarcus"),
    Rule(RuleAction.MUTE, RuleKind.HOST, "example.com"),
    Rule(RuleAction.MUTE, RuleKind.CATEGORY, "行业动态"),
)


def fill(storage: Storage) -> None:
    """Two digests, one of them corrected; readers of all kinds; what was sent, and what is due; the rest made up."""
    with storage.writing() as tx:
        for made in (
            digest(FIRST, SECOND, THIRD, categories=("AI Models", "行业动态")),
            digest(FIRST, THIRD, title="Corrected", categories=("行业动态",)),
            digest(THIRD, slot=at(12)),
        ):
            tx.digests.put(made, content_hash=hash_of(made), source="folder:x.md", now=NOW)
        tx.importer.upsert_many(
            [
                SubscriberLine(
                    Place(-1001234567890, 77),
                    kind=ChatKind.SUPERGROUP,
                    title="读者群",
                    language=Language.ZH_HANT,
                    since=NOW - timedelta(days=9, microseconds=5),
                    preferences=WISHES,
                    rules=RULES,
                    saved=(SavedMark(at(8), 1),),
                ),
                SubscriberLine(Place(5_000_000_001), state=SubscriberState.BLOCKED),
            ],
            now=NOW,
        )
    ground = Ground(storage)
    ground.planned(range(1, 6))
    deliver(ground)
    ground.plan(ground.subscribe([7, 8]), hour=9)
    _make_up(storage)


def deliver(ground: Ground) -> None:
    """Send what is due."""

    async def work() -> None:
        await ground.deliverer().run_once()

    in_virtual_time(work())


def everything(storage: Storage) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that is a copy's business."""
    with storage.reading() as tx:
        connection = tx._connection  # what lies in the tables is no business of the product's other parts
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Row.metadata.sorted_tables
            if table is not LEASE
        }


def _make_up(storage: Storage) -> None:
    """Rows for tables that are still empty, so that a table added later is tried as well."""
    with storage.writing() as tx:
        connection = tx._connection  # as above
        for table in Row.metadata.sorted_tables:
            if connection.execute(select(table).limit(1)).first() is None:
                connection.execute(insert(table), list(_rows(table, connection)))


def _rows(table: Table, connection: Any) -> Iterator[dict[str, Any]]:
    known = {
        column.name: connection.execute(select(next(iter(column.foreign_keys)).column).limit(2)).scalars().all()
        for column in table.columns
        if column.foreign_keys
    }
    for number in range(min((len(keys) for keys in known.values()), default=2)):
        yield {
            column.name: known[column.name][number] if column.foreign_keys else _value(column, number)
            for column in table.columns
        }


def _value(column: Column[Any], number: int) -> Any:
    if column.nullable and number == 0:
        return None
    if isinstance(column.type, JSON):
        return [[number, "字", None]]
    made: dict[str, Any] = {
        "BIGINT": (1 << 40) + number,
        "INTEGER": number,
        "BOOLEAN": bool(number),
        "BYTEA": bytes([0, 10, 92, 255, number]),
        "VARCHAR": f"{column.name}\t\\N {number}\n“字”",
        "TIMESTAMP WITH TIME ZONE": NOW + timedelta(days=number, microseconds=456_789),
    }
    return made[column.type.compile(postgresql.dialect())]

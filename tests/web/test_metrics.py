"""What a monitor can draw."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from prometheus_client import generate_latest

from bot.core.model import ChatKind, Digest, Item, Language, Place, Script, Severity, Style, Verdict
from bot.core.model import ParseProblem as Problem
from bot.errors import StorageError
from bot.services.delivery import Figures
from bot.storage import NewEdition, SourceFile, Storage
from bot.web.metrics import Metrics, WebhookFigures, registry_of
from tests.web.conftest import NOW, SLOT


def values(
    storage: Storage, figures: Figures, *, poll_age: Callable[[], float | None] = lambda: None
) -> dict[str, float]:
    metrics = Metrics(storage, figures=lambda: figures, poll_age=poll_age, now=lambda: NOW)
    lines = generate_latest(registry_of(metrics)).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name.removeprefix("digestbot_"): float(value) for name, value in pairs}


def test_counters_tell_what_was_sent_and_what_went_wrong(storage: Storage) -> None:
    figures = Figures(
        messages=7, floods=2, unknown=1, sent=5, gone=3, failed=4, in_doubt=6, reasons={"chat not found": 3}
    )
    seen = values(storage, figures)
    assert {name: value for name, value in seen.items() if "_total" in name} == {
        "messages_sent_total": 7,
        "flood_waits_total": 2,
        "sends_unknown_total": 1,
        'deliveries_total{outcome="sent"}': 5,
        'deliveries_total{outcome="gone"}': 3,
        'deliveries_total{outcome="failed"}': 4,
        'deliveries_total{outcome="unknown"}': 6,
        'send_faults_total{reason="chat not found"}': 3,
    }


def test_an_empty_database_has_nothing_pending_and_no_digest(storage: Storage) -> None:
    seen = values(storage, Figures())
    assert seen["database_up"] == 1
    assert seen["deliveries_pending"] == seen["batches_pending"] == seen["oldest_pending_seconds"] == 0
    assert "last_digest_age_seconds" not in seen


def test_gauges_tell_what_waits(storage: Storage) -> None:
    digest = Digest(SLOT, "Digest", SLOT, 4, (), (Item(1, "One"),))
    with storage.writing() as tx:
        stored = tx.digests.put(digest, content_hash="x", source="x", now=NOW).digest
        reader, _ = tx.subscribers.ensure(Place(1), kind=ChatKind.PRIVATE, title="", language=Language.EN, now=NOW)
        edition = tx.ledger.add_edition(
            NewEdition(stored.id, (stored.items[0].id,), Style.FOLDED, Language.EN, Script.HANS)
        )
        tx.ledger.add_batches(edition, [reader.id], due_at=NOW - timedelta(minutes=1))
        problem = Problem(1, Severity.ERROR, "no-items", "…")
        tx.sources.record(SourceFile("s", "p", "h", Verdict.REJECT, (problem,), None, NOW))
    seen = values(storage, Figures())
    assert (seen["batches_pending"], seen["deliveries_pending"], seen["oldest_pending_seconds"]) == (1, 0, 60)
    assert (seen["files_refused"], seen["last_digest_age_seconds"]) == (1, 7200)
    with storage.writing() as tx:
        tx.ledger.expand(10, now=NOW)
    seen = values(storage, Figures())
    assert (seen["batches_pending"], seen["deliveries_pending"], seen["oldest_pending_seconds"]) == (0, 1, 60)


@pytest.mark.parametrize(("age", "shown"), [(None, None), (12.5, 12.5)])
def test_the_age_of_the_last_poll_is_shown_where_somebody_polls(
    storage: Storage, age: float | None, shown: float | None
) -> None:
    assert values(storage, Figures(), poll_age=lambda: age).get("poll_age_seconds") == shown


def test_a_webhook_is_shown_where_there_is_one(storage: Storage) -> None:
    figures = WebhookFigures({"taken": 7, "refused": 2}, pending=3, check_age=12.5)
    metrics = Metrics(storage, figures=Figures, poll_age=lambda: None, now=lambda: NOW, webhook=lambda: figures)
    lines = generate_latest(registry_of(metrics)).decode().splitlines()
    assert [line for line in lines if line.startswith("digestbot_webhook")] == [
        'digestbot_webhook_requests_total{outcome="refused"} 2.0',
        'digestbot_webhook_requests_total{outcome="taken"} 7.0',
        "digestbot_webhook_pending_updates 3.0",
        "digestbot_webhook_check_age_seconds 12.5",
    ]
    assert not [name for name in values(storage, Figures()) if name.startswith("webhook")]


class _Broken:
    def reading(self) -> object:
        raise StorageError("locked")


def test_a_database_that_cannot_be_read_hides_nothing_else() -> None:
    seen = values(_Broken(), Figures(messages=7))  # type: ignore[arg-type] # stands for a database that is away
    assert (seen["database_up"], seen["messages_sent_total"]) == (0, 7)
    assert "deliveries_pending" not in seen

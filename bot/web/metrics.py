"""What a monitor can draw: counters of what was sent and gauges of what waits, worked out at the moment they are asked
for. Apart from the server, which only knows that there is a registry.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.errors import StorageError
from bot.services.delivery import Figures
from bot.storage import Storage


@dataclass(frozen=True, slots=True)
class WebhookFigures:
    """How a webhook fares: requests by what became of them, updates that wait at Telegram, seconds since it said so."""

    requests: Mapping[str, int]
    pending: int
    check_age: float


class Metrics(Collector):
    """Reads the deliverer's figures and the database. `poll_age` gives the seconds since the last good poll, or None
    where nobody polls; `webhook` the figures of one, or None where there is none; `now` is aware UTC."""

    def __init__(
        self,
        storage: Storage,
        *,
        figures: Callable[[], Figures],
        poll_age: Callable[[], float | None],
        now: Callable[[], datetime],
        webhook: Callable[[], WebhookFigures | None] = lambda: None,
    ) -> None:
        self._storage = storage
        self._figures = figures
        self._poll_age = poll_age
        self._now = now
        self._webhook = webhook

    def describe(self) -> Iterable[Metric]:
        """Nothing: the registry need not open the database to know our names."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All values as they are now; those of the database are left out while it cannot be read."""
        yield from _sending(self._figures())
        age = self._poll_age()
        if age is not None:
            yield _gauge("poll_age_seconds", "Seconds since the last good poll of the Bot API.", age)
        posted = self._webhook()
        if posted is not None:
            yield from _posting(posted)
        try:
            stored = list(self._stored(self._now()))
        except StorageError:
            stored = [_gauge("database_up", "Whether the database can be read.", 0)]
        yield from stored

    def _stored(self, now: datetime) -> Iterator[Metric]:
        with self._storage.reading() as tx:
            pending, batches = tx.ledger.count_pending(), tx.ledger.count_batches()
            oldest, refused = tx.ledger.oldest_pending(), tx.sources.count_quarantine()
            last = tx.digests.last()
        waiting = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
        yield _gauge("database_up", "Whether the database can be read.", 1)
        yield _gauge("deliveries_pending", "Deliveries that are not over, without those in batches.", pending)
        yield _gauge("batches_pending", "Batches of deliveries that are not taken apart yet.", batches)
        yield _gauge("oldest_pending_seconds", "How long the oldest pending delivery has been due.", waiting)
        yield _gauge("files_refused", "Digest files that are refused as they stand.", refused)
        if last is not None:
            age = (now - last.digest.slot).total_seconds()
            yield _gauge("last_digest_age_seconds", "Age of the newest digest.", age)


def registry_of(metrics: Metrics) -> CollectorRegistry:
    """A registry that holds only these."""
    registry = CollectorRegistry()
    registry.register(metrics)
    return registry


def _sending(figures: Figures) -> Iterator[Metric]:
    yield _counter("messages_sent", "Messages that arrived, answers included.", figures.messages)
    yield _counter("flood_waits", "Calls answered with a flood wait.", figures.floods)
    yield _counter("sends_unknown", "Calls whose outcome is unknown, such as time-outs.", figures.unknown)
    outcomes = CounterMetricFamily("digestbot_deliveries", "Deliveries that are over.", labels=["outcome"])
    over = {"sent": figures.sent, "gone": figures.gone, "failed": figures.failed, "unknown": figures.in_doubt}
    for outcome, count in over.items():
        outcomes.add_metric([outcome], count)
    yield outcomes
    reasons = CounterMetricFamily("digestbot_send_faults", "What went wrong with calls.", labels=["reason"])
    for reason, count in sorted(figures.reasons.items()):
        reasons.add_metric([reason], count)
    yield reasons


def _posting(figures: WebhookFigures) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "digestbot_webhook_requests", "Requests to the webhook by what became of them.", labels=["outcome"]
    )
    for outcome, count in sorted(figures.requests.items()):
        requests.add_metric([outcome], count)
    yield requests
    yield _gauge("webhook_pending_updates", "Updates that wait at Telegram, when last asked.", figures.pending)
    yield _gauge("webhook_check_age_seconds", "Seconds since Telegram said how the webhook fares.", figures.check_age)


def _counter(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(f"digestbot_{name}", help_text, value=value)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"digestbot_{name}", help_text, value=value)

"""The one place that reads the wall clock; edges pass its value down as `now`."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the edge the rule points to

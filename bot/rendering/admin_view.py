"""What `/admin` shows: figures of the whole bot, for the people who run it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.actions import HoldDelivery, ShowAdmin
from bot.rendering.buttons import button, keyboard
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder
from bot.rendering.message import OutgoingMessage
from bot.rendering.text import clean_line, shorten

_LONGEST_LINE = 200  # UTF-16 units of a file's fault or an error


@dataclass(frozen=True, slots=True)
class AdminReport:
    """Figures for the operator. `parked` are chats told to wait longer than an hour, and until when; `refused`
    and `errors` are lines as an operator should read them, the newest first."""

    digests: int
    items: int
    active: int
    paused: int
    blocked: int
    last_slot: datetime | None
    backlog: int
    oldest_pending: datetime | None
    held: bool
    parked: Sequence[tuple[int, datetime]] = ()
    failures: Sequence[tuple[str, int]] = ()
    refused: Sequence[str] = ()
    errors: Sequence[str] = ()


def admin_view(report: AdminReport, look: Look) -> OutgoingMessage:
    """One message, refreshed and changed by its buttons."""
    t = look.translator
    builder = TextBuilder().bold(t("admin.title")).add("\n\n" + "\n".join(_figures(report, look)))
    failures = [f"{reason}: {t.format_number(count)}" for reason, count in report.failures]
    parked = [t("admin.parked_chat", chat=chat, when=t.format_slot(end, look.time_zone)) for chat, end in report.parked]
    for key, lines in (
        ("admin.failures", failures),
        ("admin.parked", parked),
        ("admin.refused", report.refused),
        ("admin.errors", report.errors),
    ):
        if lines:
            builder.add("\n\n").bold(t(key))
            builder.add("".join("\n" + shorten(clean_line(line), _LONGEST_LINE) for line in lines))
    text = builder.block()
    hold = button(t("button.release" if report.held else "button.hold"), HoldDelivery(not report.held))
    return OutgoingMessage(text.text, text.entities, keyboard([button(t("button.refresh"), ShowAdmin()), hold]))


def _figures(report: AdminReport, look: Look) -> list[str]:
    t = look.translator
    number = t.format_number
    lines = [
        t("admin.archive", digests=number(report.digests), items=number(report.items)),
        t(
            "admin.readers",
            active=number(report.active),
            paused=number(report.paused),
            blocked=number(report.blocked),
        ),
    ]
    if report.last_slot is not None:
        lines.append(t("admin.last", when=t.format_slot(report.last_slot, look.time_zone)))
    lines.append(t("admin.backlog", backlog=number(report.backlog)))
    if report.oldest_pending is not None:
        lines.append(t("admin.oldest", when=t.format_slot(report.oldest_pending, look.time_zone)))
    lines.append(t("admin.held" if report.held else "admin.delivering"))
    return lines

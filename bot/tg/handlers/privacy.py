"""What is kept about a chat: said, handed over, deleted. Where several people share a chat, administrators decide."""

from datetime import date

from bot.core.actions import AskForget, ExportData, Forget, KeepData, ShowPrivacy
from bot.rendering.privacy_view import forget_view, forgotten_view, nothing_kept_view, privacy_view, spared_view
from bot.tg.ask import Answer, Ask, Document
from bot.tg.desk import Desk
from bot.tg.routes import Routes


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        commands={"privacy": privacy, "export": export, "forget": forget},
        buttons={
            ShowPrivacy: show,
            ExportData: press_export,
            AskForget: ask_forget,
            Forget: forget_now,
            KeepData: keep,
        },
        changing=frozenset({"export", "forget", ExportData, AskForget, Forget, KeepData}),
    )


def privacy(desk: Desk, ask: Ask) -> Answer:
    """`/privacy`."""
    return Answer((privacy_view(desk.reader(ask).look),))


def show(desk: Desk, ask: Ask, _action: ShowPrivacy) -> Answer:
    """The same by button."""
    return privacy(desk, ask)


def export(desk: Desk, ask: Ask) -> Answer:
    """`/export`: everything that is kept about this chat and its forum topics, as a file."""
    look = desk.reader(ask).look
    content = desk.privacy.export(ask.place.chat_id)
    if not content:
        return Answer((nothing_kept_view(look),))
    name = _file_name(desk.today(ask, desk.reader(ask)).date(), lines=content.count(b"\n"))
    return Answer(document=Document(name, content, look.translator("export.caption")))


def press_export(desk: Desk, ask: Ask, _action: ExportData) -> Answer:
    """The same by button."""
    return export(desk, ask)


def forget(desk: Desk, ask: Ask) -> Answer:
    """`/forget`: asks first."""
    look = desk.reader(ask).look
    places = desk.privacy.places(ask.place.chat_id)
    kept = desk.privacy.keeps(ask.place.chat_id)
    return Answer((forget_view(look, places=places) if kept else nothing_kept_view(look),))


def ask_forget(desk: Desk, ask: Ask, _action: AskForget) -> Answer:
    """The same by button."""
    return forget(desk, ask)


def forget_now(desk: Desk, ask: Ask, _action: Forget) -> Answer:
    """Delete everything. The language of the answer is the one that was just forgotten."""
    look = desk.reader(ask).look
    desk.privacy.forget(ask.place.chat_id, now=ask.now)
    return Answer(edit=forgotten_view(look))


def keep(desk: Desk, ask: Ask, _action: KeepData) -> Answer:
    """Do not."""
    return Answer(edit=spared_view(desk.reader(ask).look))


def _file_name(today: date, *, lines: int) -> str:
    # Several places of a chat are several lines, which is no JSON document any more.
    return f"digestbot-{today.isoformat()}.{'json' if lines == 1 else 'jsonl'}"

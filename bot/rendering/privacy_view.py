"""What is kept about a chat, in plain words, and the question before it is deleted."""

from bot.core.actions import AskForget, ExportData, Forget, KeepData
from bot.core.model import ChatKind
from bot.rendering.buttons import button, keyboard
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder
from bot.rendering.message import OutgoingMessage


def privacy_view(look: Look) -> OutgoingMessage:
    """What is kept, what is not, how to get it and how to be forgotten."""
    t = look.translator
    builder = TextBuilder().bold(t("privacy.title"))
    for section in ("kept", "not_kept", "yours"):
        builder.add("\n\n").bold(t(f"privacy.{section}_title"))
        builder.add("\n" + t(f"privacy.{section}", export=look.command("export"), forget=look.command("forget")))
    block = builder.block()
    if look.kind is ChatKind.CHANNEL:
        return OutgoingMessage(block.text, block.entities)
    doors = [button(t("button.export"), ExportData()), button(t("button.forget"), AskForget())]
    return OutgoingMessage(block.text, block.entities, keyboard(doors))


def forget_view(look: Look, *, places: int) -> OutgoingMessage:
    """The question before everything is deleted; `places` are the chat itself and its forum topics."""
    t = look.translator
    text = look.say("forget.ask", export=look.command("export"))
    if places > 1:
        text += "\n" + t.n("forget.places", places)
    doors = [button(t("button.forget_yes"), Forget(), colour="danger"), button(t("button.forget_no"), KeepData())]
    return OutgoingMessage(text, keyboard=keyboard(doors))


def forgotten_view(look: Look) -> OutgoingMessage:
    """It is done; how to begin anew."""
    return OutgoingMessage(look.translator("forget.done", subscribe=look.command("subscribe")))


def nothing_kept_view(look: Look) -> OutgoingMessage:
    """There is nothing to hand over or to delete."""
    return OutgoingMessage(look.translator("privacy.nothing"))


def spared_view(look: Look) -> OutgoingMessage:
    """Everything stays."""
    return OutgoingMessage(look.translator("forget.kept"))

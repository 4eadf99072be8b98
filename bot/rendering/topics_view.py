"""The list of topics, followed and unfollowed by button. Apart because it is redrawn in place at every press."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.actions import Noop, ShowTopics, ToggleTopic
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder
from bot.rendering.message import Button, OutgoingMessage

PAGE_SIZE: Final = 16  # eight rows of two: what a phone shows without scrolling
MARK: Final = "✓ "


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic as a reader of this chat sees it: its name in their language, its items, whether the chat follows it."""

    slug: str
    name: str
    count: int
    followed: bool


def topics_view(topics: Sequence[TopicRow], look: Look, *, page: int = 1) -> OutgoingMessage:
    """All topics, sixteen a page; a page that does not exist shows the nearest that does."""
    t = look.translator
    pages = max(1, -(-len(topics) // PAGE_SIZE))
    page = min(max(1, page), pages)
    shown = topics[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    following = sum(topic.followed for topic in topics)
    state = t.n("topics.following", following) if following else look.say("topics.everything")
    text = TextBuilder().bold(t("topics.title")).add("\n" + state)
    text.add("\n\n" + t("topics.hint", topic=look.command("topic"), example=topics[0].name if topics else "AI"))
    block = text.block()
    toggles = rows((_toggle(topic, look, page) for topic in shown), width=2)
    return OutgoingMessage(block.text, block.entities, keyboard(*toggles, _turning(page, pages, look)))


def _toggle(topic: TopicRow, look: Look, page: int) -> Button:
    mark = MARK if topic.followed else ""
    text = label(look.plain(topic.name), before=mark, after=f" {look.translator.format_number(topic.count)}")
    colour = "success" if topic.followed else None
    return button(text, ToggleTopic(topic.slug, not topic.followed, page), colour=colour)


def _turning(page: int, pages: int, look: Look) -> list[Button]:
    t = look.translator
    if pages == 1:
        return []
    row = [button(f"{page}/{pages}", Noop())]
    if page > 1:
        row.insert(0, button(t("button.previous"), ShowTopics(page - 1)))
    if page < pages:
        row.append(button(t("button.next"), ShowTopics(page + 1)))
    return row

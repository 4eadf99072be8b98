"""Lists of items: what a search, a topic, a category or an author brings, page by page, and what is said when nothing
was found. Apart from digests: a list has pages and one message, a digest has parts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.actions import (
    LAST_PAGE,
    Action,
    Noop,
    Paged,
    Search,
    ShowAuthor,
    ShowAuthors,
    ShowCategory,
    ShowTopic,
    ShowTopics,
    ToggleTopic,
    page_of,
)
from bot.core.model import RichText, Span, SpanKind, StoredItem
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.item import listed_block
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder, join, rich_bold
from bot.rendering.message import Button, OutgoingMessage
from bot.rendering.rule_buttons import RuleOffer, rule_button
from bot.rendering.text import clean_line, shorten

PAGE_SIZE: Final = 5
NO_TEXT: Final = RichText()
LONGEST_NAME: Final = 200  # UTF-16 units of a query or a name repeated in an answer

_SUBJECTS: Final[dict[type[Paged], str]] = {
    Search: "search",
    ShowTopic: "topic",
    ShowCategory: "category",
    ShowAuthor: "author",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """An item of a list; the spans of `snippet` show what matched, those of `title` and `author` likewise. An empty
    snippet: the paragraph's beginning."""

    stored: StoredItem
    snippet: RichText = NO_TEXT
    title: RichText | None = None
    author: RichText | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `number` counts from 1; `total` counts all pages' items and, unless `exact`, says only that
    there are more than that; `more` says that another page follows when `total` is not exact."""

    hits: tuple[Hit, ...]
    number: int
    total: int
    exact: bool = True
    more: bool = False

    @property
    def pages(self) -> int:
        """How many pages `total` fills."""
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def has_next(self) -> bool:
        """Whether a later page exists and can be asked for."""
        return self.number < LAST_PAGE and (self.number < self.pages or self.more)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something near to what was asked, as a button."""

    text: str
    action: Action


def highlighted(text: str, stretches: Iterable[tuple[int, int]]) -> RichText:
    """A snippet with its matching stretches (characters, end exclusive) in bold."""
    return RichText(text, tuple(Span(SpanKind.BOLD, start, end) for start, end in stretches))


def items_view(
    action: Paged,
    page: Page,
    look: Look,
    *,
    name: str,
    followed: bool | None = None,
    offer: RuleOffer | None = None,
    see_also: Sequence[Suggestion] = (),
) -> OutgoingMessage:
    """A page of results with buttons to its neighbours, which are `action` at another page. `name` is what was asked
    for, as the reader knows it; `followed` (topics only) adds a button to follow or unfollow, `offer` one for a rule
    on what the list shows; `see_also` leads to what else may have been meant."""
    t = look.translator
    shown = shorten(clean_line(look.plain(name) if isinstance(action, ShowTopic) else name), LONGEST_NAME)
    count = t.n("items.count" if page.exact else "items.more_than", page.total)
    head = TextBuilder().template(t.template(f"items.{_SUBJECTS[type(action)]}"), name=rich_bold(shown)).block()
    first = (page.number - 1) * PAGE_SIZE + 1
    blocks = [
        listed_block(hit.stored, hit.snippet, look, position=position, title=hit.title, author=hit.author)
        for position, hit in enumerate(page.hits, start=first)
    ]
    text = join([join([head, Block(count)], "\n"), *blocks])
    follow = _follow_button(action, look, followed) + ([rule_button(offer, look)] if offer else [])
    also = rows((button(label(near.text), near.action) for near in see_also), width=2)
    return OutgoingMessage(text.text, text.entities, keyboard(_turning(action, page, look), follow, *also))


def nothing_found_view(
    action: Paged, look: Look, *, name: str, suggestions: Sequence[Suggestion] = ()
) -> OutgoingMessage:
    """No item at all, or none on this page: what to try next, near terms as buttons."""
    return unknown_name_view(_SUBJECTS[type(action)], name, look, suggestions=suggestions)


def unknown_topic_view(name: str, look: Look, *, suggestions: Sequence[Suggestion] = ()) -> OutgoingMessage:
    """A name that is neither topic nor category."""
    return unknown_name_view("unknown_topic", name, look, suggestions=suggestions)


def unknown_name_view(
    subject: str, name: str, look: Look, *, suggestions: Sequence[Suggestion] = ()
) -> OutgoingMessage:
    """Nothing is called `name`: `subject` says what it should be (`unknown_topic`, `category`, `author`, `search`)."""
    t = look.translator
    shown = shorten(clean_line(name), LONGEST_NAME) or "?"
    builder = TextBuilder().template(
        t.template(f"nothing.{subject}"), name=rich_bold(shown), topics=look.command("topics")
    )
    if suggestions:
        builder.add("\n\n" + t("nothing.near"))
    text = builder.block()
    near = rows((button(label(near.text), near.action) for near in suggestions), width=2)
    everything = (
        button(t("button.authors"), ShowAuthors()) if subject == "author" else button(t("button.topics"), ShowTopics())
    )
    return OutgoingMessage(text.text, text.entities, keyboard(*near, [everything]))


def search_usage_view(look: Look) -> OutgoingMessage:
    """`/search` without words: how to use it."""
    return OutgoingMessage(look.translator("search.usage", search=look.command("search")))


def _turning(action: Paged, page: Page, look: Look) -> list[Button]:
    """Back, where we are, on; nothing when there is one page."""
    t = look.translator
    back = page.number > 1
    if not back and not page.has_next:
        return []
    here = f"{page.number}/{page.pages}" if page.exact else str(page.number)
    row = [button(here, Noop())]
    if back:
        row.insert(0, button(t("button.previous"), page_of(action, page.number - 1)))
    if page.has_next:
        row.append(button(t("button.next"), page_of(action, page.number + 1)))
    return row


def _follow_button(action: Paged, look: Look, followed: bool | None) -> list[Button]:
    if not isinstance(action, ShowTopic) or followed is None:
        return []
    key, colour = ("button.unfollow", None) if followed else ("button.follow", "success")
    return [button(look.translator(key), ToggleTopic(action.slug, not followed, action.page), colour=colour)]

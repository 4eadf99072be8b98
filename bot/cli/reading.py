"""The archive in the terminal: the same answers as in a chat."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from bot.bootstrap import Core
from bot.cli.output import print_items, print_json, print_message
from bot.cli.setup import opened
from bot.clock import utc_now
from bot.core.days import parse_day
from bot.core.model import Language, Place, Preferences, Script, StoredDigest, Style
from bot.errors import DigestbotError, NotFoundError
from bot.i18n import script_of
from bot.rendering.serialize import message_to_json
from bot.services.previews import Previews

DEFAULT_LIMIT = 10
_DAY = timedelta(days=1)
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC)  # room for any zone on both sides


class _QueryCommand(click.Command):
    """A command whose words may begin with a dash, as `-not` does, without being taken for options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Spell a leading dash as the full-width one, which means the same to a query and nothing to click."""
        end = args.index("--") if "--" in args else len(args)
        words = [_spelt(word) if place < end else word for place, word in enumerate(args)]
        return super().parse_args(ctx, words)


def _spelt(word: str) -> str:
    is_option = word.startswith("--") or word in {"-h", "-"} or not word.startswith("-")
    return word if is_option else "－" + word[1:]


def _paging(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every list takes."""
    for option in (
        click.option("--since", metavar="DATE", help="Only from this day on: 2025-11-26, yesterday, 7d."),
        click.option("--offset", type=click.IntRange(0, 10**9), default=0, help="How many to pass over."),
        click.option("--limit", type=click.IntRange(1, 10_000), help=f"How many at most. Default: {DEFAULT_LIMIT}."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each item."),
    ):
        command = option(command)
    return command


@click.command("latest")
@_paging
def latest_command(limit: int | None, offset: int, since: str | None, as_json: bool) -> None:
    """The items of the newest digest; with --limit, --offset or --since, the newest items of all digests.

    \b
    Example: digestbot latest --json
    """
    with opened() as core:
        if limit is None and not offset and since is None:
            digests = core.reading.latest()
            items = [item for stored in digests for item in stored.items if not item.removed]
        else:
            start = _start(since, core.settings.zone)
            items = core.reading.newest(limit=limit or DEFAULT_LIMIT, offset=offset, since=start)
        print_items(items, as_json=as_json)


@click.command("search", cls=_QueryCommand)
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@_paging
def search_command(words: Sequence[str], limit: int | None, offset: int, since: str | None, as_json: bool) -> None:
    """Items in which every word occurs, newest first: "a phrase", -not, author:, topic:, since:2025-11-26.

    \b
    Example: digestbot search 模型 -开源 author:merve
    """
    with opened() as core:
        zone = core.settings.zone
        query = core.reading.parse(_joined(words), today=utc_now().astimezone(zone).date())
        if query.empty:
            raise DigestbotError("there is no word to search for; give letters, digits or Chinese characters")
        start = _start(since, zone)
        if start is not None:
            query = replace(query, since=start.astimezone(zone).date())
        found = core.reading.search(query, limit=limit or DEFAULT_LIMIT, offset=offset, zone=zone)
        print_items(found.items, as_json=as_json, terms=query.must)


@click.command("topic")
@click.argument("name", nargs=-1, required=True)
@_paging
def topic_command(name: Sequence[str], limit: int | None, offset: int, since: str | None, as_json: bool) -> None:
    """The newest items of a topic, in any language, or of a publisher's category.

    \b
    Example: digestbot topic 智能体
    """
    with opened() as core:
        wanted = _joined(name)
        paging = {"limit": limit or DEFAULT_LIMIT, "offset": offset}
        start = _start(since, core.settings.zone)
        topic, category = core.topics.find(wanted), core.reading.has_category(wanted)
        # As in a chat: a name that is both leads to the topic, unless only the category has items.
        if topic is not None and (not category or core.reading.by_topic(topic.slug, limit=1).items):
            found = core.reading.by_topic(topic.slug, **paging, since=start)
        elif category:
            found = core.reading.by_category(wanted, **paging, since=start)
        else:
            near = ", ".join(known.slug for known in core.topics.nearest(wanted, 3))
            raise NotFoundError(f"no topic or category is called {wanted}; near ones: {near}")
        print_items(found.items, as_json=as_json)


@click.command("author")
@click.argument("name", nargs=-1, required=True)
@_paging
def author_command(name: Sequence[str], limit: int | None, offset: int, since: str | None, as_json: bool) -> None:
    """The newest items of an author, by shown name or handle.

    \b
    Example: digestbot author @karpathy
    """
    with opened() as core:
        start = _start(since, core.settings.zone)
        found = core.reading.by_author(_joined(name), limit=limit or DEFAULT_LIMIT, offset=offset, since=start)
        print_items(found.items, as_json=as_json)


@click.command("preview")
@click.argument("digest", required=False)
@click.option("--chat", "chat_id", type=int, help="As the subscriber of this chat would get it.")
@click.option("--thread", "thread_id", type=int, help="The forum topic of the chat.")
@click.option("--style", type=click.Choice([style.value for style in Style]), help="Instead of the subscriber's.")
@click.option("--language", type=click.Choice([language.value for language in Language]), help="Likewise.")
@click.option("--script", type=click.Choice([script.value for script in Script]), help="Likewise, of the content.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each message, with its entities.")
def preview_command(digest: str | None, chat_id: int | None, thread_id: int | None, as_json: bool, **wish: str) -> None:
    """Exactly the messages a subscriber would get of a digest: DIGEST is its slot, such as 2025-11-26T08:00, or a day,
    for the last one of it; without it, the newest.

    \b
    Example: digestbot preview --style headlines
    """
    with opened() as core:
        stored = _digest(core, digest)
        subscriber = core.subscriptions.find(Place(chat_id, thread_id)) if chat_id is not None else None
        if chat_id is not None and subscriber is None:
            raise NotFoundError(f"chat {chat_id} is not known; `digestbot subscribers list` shows who is")
        language = subscriber.language if subscriber else core.settings.language
        preferences = subscriber.preferences if subscriber else Preferences(script=script_of(language))
        messages = core.editions.preview(
            stored,
            language=Language(wish["language"] or language),
            preferences=_wished(preferences, wish),
            rules=subscriber.rules if subscriber else (),
            seen=Previews(core.storage).seen(subscriber, stored) if subscriber else frozenset(),
        )
        for part, message in enumerate(messages, 1):
            if as_json:
                print_json(message_to_json(message))
            else:
                print_message(message, part=part, parts=len(messages))


def _wished(preferences: Preferences, wish: dict[str, str]) -> Preferences:
    return replace(
        preferences,
        style=Style(wish["style"] or preferences.style),
        script=Script(wish["script"] or preferences.script),
    )


def _digest(core: Core, text: str | None) -> StoredDigest:
    if text is None:
        newest = core.reading.latest()
        if not newest:
            raise NotFoundError("there is no digest yet; `digestbot ingest FOLDER` stores some")
        return newest[0]
    start = _instant(text, core.settings.zone)
    stored = core.reading.at(start) or (None if _has_time(text) else _last_of_day(core, start))
    if stored is None:
        raise NotFoundError(f"there is no digest of {text}")
    return stored


def _last_of_day(core: Core, start: datetime) -> StoredDigest | None:
    with core.storage.reading() as tx:
        return next(reversed(tx.digests.list_between(start, start + _DAY)), None)


def _has_time(text: str) -> bool:
    return ":" in text or "T" in text.upper()


def _start(day: str | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else _instant(day, zone)


def _instant(text: str, zone: ZoneInfo) -> datetime:
    """A date or an instant as people write it. Raises BadParameter with an example."""
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        day = parse_day(text, today=utc_now().astimezone(zone).date())
        if day is None:
            raise click.BadParameter(f"{text!r} is no date; write it as 2025-11-26 or 2025-11-26T08:00") from None
        when = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - gets its zone below
    aware = when.replace(tzinfo=when.tzinfo or zone)
    return min(max(aware, _FIRST), _LAST)


def _joined(words: Sequence[str]) -> str:
    """The words of the command line as one text; bytes that are no UTF-8 are replaced."""
    return " ".join(words).encode("utf-8", "replace").decode("utf-8")

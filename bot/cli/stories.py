"""Stories in the terminal: which items of the archive tell the same thing."""

import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

import click

from bot.cli.output import print_json
from bot.cli.setup import opened
from bot.clock import utc_now
from bot.core.days import parse_day
from bot.services.stories import Stories
from bot.storage import Story


@click.command("stories")
@click.option("--since", metavar="DATE", help="Only stories told from this day on: 2025-11-26, yesterday, 7d.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each story.")
@click.option("--rebuild", is_flag=True, help="First find all stories of the archive anew, as after an upgrade.")
def stories_command(since: str | None, as_json: bool, rebuild: bool) -> None:
    """Items that tell the same thing: stories of two or more items, newest first.

    \b
    Example: digestbot stories --since 2025-11-26 --json
    """
    with opened() as core:
        stories = Stories(core.storage)
        _tell(stories.rebuild() if rebuild else stories.catch_up())
        for story in stories.list_since(_start(since, core.settings.zone)):
            if as_json:
                print_json(_as_json(story))
            else:
                _print_story(story)


def _tell(work: Iterator[int]) -> None:
    """Find what is to be found, with a count when a terminal looks on."""
    for done in accumulate(work):
        if sys.stderr.isatty():
            click.echo(f"\r{done} digests", nl=False, err=True)
    if sys.stderr.isatty():
        click.echo(err=True)


def _as_json(story: Story) -> dict[str, object]:
    items = [{"digest": item.slot.isoformat(), "number": item.number} for item in story.items]
    return {"story": story.id, "items": items}


def _print_story(story: Story) -> None:
    places = ", ".join(f"{item.slot:%Y-%m-%d %H:%M} #{item.number}" for item in story.items)
    click.echo(f"{click.style(story.items[0].title, bold=True)}  {places}")


def _start(day: str | None, zone: ZoneInfo) -> datetime | None:
    if day is None:
        return None
    try:
        when = datetime.fromisoformat(day)
    except ValueError:
        first = parse_day(day, today=utc_now().astimezone(zone).date())
        if first is None:
            raise click.BadParameter(f"{day!r} is no date; write it as 2025-11-26", param_hint="--since") from None
        return datetime(first.year, first.month, first.day, tzinfo=zone)
    return when if when.tzinfo else when.replace(tzinfo=zone)

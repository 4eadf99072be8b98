"""What an operator asks: how things stand, and what can be done about them."""

import re
from collections.abc import Sequence

import click

from bot.bootstrap import Core, load_topic_set
from bot.cli.copying import db_copy_command
from bot.cli.output import meter, print_json
from bot.cli.setup import opened, settings_for_command
from bot.clock import utc_now
from bot.services.figures import figures_of
from bot.services.retagging import retag


@click.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def stats_command(as_json: bool) -> None:
    """Counts, the last digest, the backlog, failures by reason, refused files.

    \b
    Example: digestbot stats --json
    """
    with opened() as core:
        figures = figures_of(core.storage, now=utc_now())
    if as_json:
        print_json(figures.to_json())
        return
    for line in figures.lines():
        click.echo(line)


@click.group("topics")
def topics_command() -> None:
    """Topics: which words give which, and the archive labelled anew.

    \b
    Example: digestbot topics test "OpenAI 发布新模型"
    """


@topics_command.command("test")
@click.argument("text", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each topic.")
def topics_test_command(text: Sequence[str], as_json: bool) -> None:
    """Explain which words of TEXT speak for which topic: a * marks those an item of this text has.

    The title is what stands before " -- ", else the first line or sentence; the rest is the body.

    \b
    Example: digestbot topics test "OpenAI 发布新模型 -- 它会看图，也会写代码。"
    """
    title, body = _title_and_body(" ".join(text))
    topics = load_topic_set(settings_for_command())
    for found in topics.explain(title, body):
        reasons = [{"word": one.text, "where": one.where, "weight": round(one.weight, 2)} for one in found.evidence]
        if as_json:
            print_json({"topic": found.slug, "score": found.score, "chosen": found.chosen, "evidence": reasons})
        else:
            words = ", ".join(f"{one['word']} ({one['where']}) {one['weight']:+}" for one in reasons)
            click.echo(f"{'*' if found.chosen else ' '} {found.slug} {found.score}: {words}")


def _title_and_body(text: str) -> tuple[str, str]:
    # A Latin full stop ends a sentence only before a blank: "GPT-5.2" has none.
    for end in (r" -- ", r"\n", r"(?<=[。！？])|(?<=[.!?])\s"):
        title, *body = re.split(end, text.strip(), maxsplit=1)
        if body and title:
            return title.strip(), body[0].strip()
    return text.strip(), ""


@topics_command.command("retag")
def topics_retag_command() -> None:
    """Label the whole archive anew, after a change of topics.toml.

    \b
    Example: digestbot topics retag
    """
    with opened() as core, meter("labelling") as tell:
        changed = retag(core.storage, core.topics, tell)
    click.echo(f"{changed} items have other topics now", err=True)


@click.group("db")
def db_command() -> None:
    """The database: migrations, the search index, and the move to another one.

    \b
    Example: digestbot db upgrade
    """


db_command.add_command(db_copy_command)


@db_command.command("upgrade")
def db_upgrade_command() -> None:
    """Bring the database's layout to the newest version (other commands do so too, when they open it), and the search
    index to that of this program (`run` does so too, in the background).

    \b
    Example: digestbot db upgrade
    """
    with opened() as core:
        with core.storage.reading() as tx:
            outdated = tx.search.outdated()
        if outdated:
            _reindex(core)
        click.echo("the database is up to date", err=True)


@db_command.command("reindex")
def db_reindex_command() -> None:
    """Make the search index anew, as after a change of the tokeniser.

    \b
    Example: digestbot db reindex
    """
    with opened() as core:
        _reindex(core)


def _reindex(core: Core) -> None:
    with meter("indexing") as tell:
        count = core.storage.reindex(tell)
    click.echo(f"{count} items are indexed", err=True)

"""What an operator asks: how things stand, and what can be done about them."""

from collections.abc import Sequence

import click

from bot.bootstrap import load_topic_set
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
    """Explain which words of TEXT speak for which topic.

    \b
    Example: digestbot topics test "OpenAI 发布新模型"
    """
    topics = load_topic_set(settings_for_command())
    for found in topics.explain(" ".join(text), ""):
        reasons = [{"word": one.text, "weight": round(one.weight, 2)} for one in found.evidence]
        if as_json:
            print_json({"topic": found.slug, "score": found.score, "chosen": found.chosen, "evidence": reasons})
        else:
            words = ", ".join(f"{one['word']} {one['weight']:+}" for one in reasons)
            click.echo(f"{'*' if found.chosen else ' '} {found.slug} {found.score}: {words}")


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
    """The database: migrations and the search index.

    \b
    Example: digestbot db upgrade
    """


@db_command.command("upgrade")
def db_upgrade_command() -> None:
    """Bring the database's layout to the newest version (other commands do so too, when they open it).

    \b
    Example: digestbot db upgrade
    """
    with opened():
        click.echo("the database is up to date", err=True)


@db_command.command("reindex")
def db_reindex_command() -> None:
    """Make the search index anew, as after a change of the tokeniser.

    \b
    Example: digestbot db reindex
    """
    with opened() as core, meter("indexing") as tell:
        count = core.storage.reindex(tell)
    click.echo(f"{count} items are indexed", err=True)

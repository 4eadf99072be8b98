"""The move to another database."""

import socket

import click

from bot.cli.output import meter, print_json
from bot.cli.setup import settings_for_command
from bot.clock import utc_now
from bot.errors import DigestbotError, StorageError
from bot.log import redact
from bot.services.holders import described, holders_of
from bot.services.relocation import Relocated, relocate
from bot.settings import Settings
from bot.storage import Storage
from bot.storage.backup import database_file


@click.command("copy")
@click.argument("target_url")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def db_copy_command(target_url: str, as_json: bool) -> int:
    """Copy everything into another, empty database: from SQLite to PostgreSQL, back, or to another place.

    Nothing is lost: digests, readers, their wishes and bookmarks, and the ledger, so that what is due is sent from
    there. The search index is made anew. All of it happens in one transaction: if it is interrupted, the other database
    is empty as before, and you begin again. End the bot first; then set DIGESTBOT_DATABASE_URL to TARGET_URL and start
    it. A password need not be in TARGET_URL: PGPASSWORD and ~/.pgpass are read.

    \b
    Example: digestbot db copy postgresql://digestbot@localhost/digestbot
    """
    settings = settings_for_command()
    try:
        copied, address = _copy(settings, target_url)
    except DigestbotError as error:
        click.echo(f"digestbot: {redact(str(error))}", err=True)
        return 1
    if as_json:
        print_json({"target": address, "rows": copied.rows, "indexed": copied.indexed, "tables": copied.tables})
        return 0
    for name, count in copied.tables.items():
        click.echo(f"{name:<16} {count}")
    click.echo(
        f"{copied.rows} rows are in {address}, as many in each table as here, and {copied.indexed} items are indexed; "
        "set DIGESTBOT_DATABASE_URL to that address",
        err=True,
    )
    return 0


def _copy(settings: Settings, target_url: str) -> tuple[Relocated, str]:
    file = database_file(settings.database)
    if file is not None and not file.is_file():
        raise StorageError(f"there is no database {file}; check DIGESTBOT_DATABASE_URL and DIGESTBOT_DATA_DIR")
    with Storage.open(settings.database) as source, Storage.open(target_url) as target:
        source.upgrade()
        _warn_of_runners(source)
        with meter("copying") as tell:
            return relocate(source, target, tell), target.address


def _warn_of_runners(source: Storage) -> None:
    living = holders_of(source, host=socket.gethostname(), now=utc_now()).living
    if living:
        click.echo(
            f"digestbot: {described(living)} works on this database; what it does from now on is not in the copy: end "
            "it and copy again before you change over",
            err=True,
        )

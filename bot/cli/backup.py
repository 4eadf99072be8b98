"""A copy of the database to put away, made while the bot runs."""

from pathlib import Path

import click

from bot.cli.output import meter, print_json
from bot.cli.setup import settings_for_command
from bot.errors import DigestbotError
from bot.log import redact
from bot.services.backup import make_backup


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write over FILE if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def backup_command(file: Path, force: bool, as_json: bool) -> int:
    """Write a backup of the database to FILE, as it is at this instant, while the bot runs and writes.

    Of SQLite FILE is a database, checked and whole: to go back, end the bot, put FILE in the place of digestbot.db and
    remove digestbot.db-wal and -shm. Of PostgreSQL it is a dump for pg_restore; the program pg_dump makes it. FILE
    appears when all of it is written; only its owner may read it. Digests and topics.toml are files: copy them too.

    \b
    Example: digestbot backup /srv/backups/digestbot-$(date +%F).db
    """
    settings = settings_for_command()
    try:
        with meter("copying") as tell:
            made = make_backup(settings.database, file, overwrite=force, progress=tell)
    except DigestbotError as error:
        click.echo(f"digestbot: {redact(str(error))}", err=True)
        return 1
    if as_json:
        print_json({"file": str(made.file), "engine": made.engine, "bytes": made.bytes})
    else:
        click.echo(f"{made.file}: {made.bytes:,} bytes, checked", err=True)
    return 0

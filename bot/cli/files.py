"""Files of digests: `check` says what is wrong with them, `ingest` stores them."""

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click

from bot.bootstrap import Core, load_topic_set
from bot.cli.output import LONG_WORK, print_json, progress
from bot.cli.setup import opened, settings_for_command
from bot.clock import utc_now
from bot.core.model import Verdict
from bot.errors import SourceError
from bot.services.ingest import FileReport, check_file, unreadable
from bot.sources import DigestFile, RawDigest, digest_files

FORMATS = ("text", "json", "github")
_PATHS = click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each file.")


@click.command("check")
@_PATHS
@_JSON
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="github: annotations for its CI.")
def check_command(paths: Sequence[Path], as_json: bool, form: str) -> int:
    """Read digest files or folders and say what is wrong with them, by line; store nothing.

    Exit code 1 if a file is refused; 0 if all are accepted, with warnings or without. --format github prints what makes
    GitHub show each problem beside its line.

    \b
    Example: digestbot check data/digests --json
    """
    settings = settings_for_command()
    topics = load_topic_set(settings)
    found = _found(paths)
    with progress(found, "reading") as (files, clear):
        loaded = (_load(file) for file in files)
        reports = (
            one if isinstance(one, FileReport) else check_file(one, topics, time_zone=settings.zone) for one in loaded
        )
        verdicts = _print(reports, "json" if as_json else form, clear=clear)
    return _summed(verdicts, quiet=as_json or form != "text")


@click.command("ingest")
@_PATHS
@_JSON
@click.option("--announce", is_flag=True, help="Plan the delivery of every new digest; without it, store silently.")
def ingest_command(paths: Sequence[Path], as_json: bool, announce: bool) -> int:
    """Read digest files or folders and store them. Doing it twice changes nothing.

    Exit code 1 if a file is refused; the others are stored all the same.

    \b
    Example: digestbot ingest data/digests
    """
    found = _found(paths)
    with opened() as core, progress(found, "storing") as (files, clear):
        reports = _stored(core, files, announce=announce)
        verdicts = _print(reports, "json" if as_json else "text", clear=clear, with_stored=True)
    return _summed(verdicts, quiet=as_json)


def _found(paths: Sequence[Path]) -> list[DigestFile]:
    files = [file for path in paths for file in digest_files(path)]
    if not files:
        raise SourceError(f"{paths[0]}: no digest files (.md, .markdown) there; name a file or a folder that has some")
    return files


def _load(file: DigestFile) -> RawDigest | FileReport:
    """The file's bytes, or the report that they cannot be had: one bad file never stops the others."""
    try:
        raw = file.read()
    except OSError as error:
        return unreadable(file.shown, error.strerror or type(error).__name__)
    return raw or unreadable(file.shown, "it is no plain file inside the folder")


def _stored(core: Core, files: Iterable[DigestFile], *, announce: bool) -> Iterator[FileReport]:
    failed: deque[FileReport] = deque()
    for report in core.ingest.store_all(_loaded(files, failed), announce=announce, now=utc_now):
        while failed:
            yield failed.popleft()
        yield report
    yield from failed


def _loaded(files: Iterable[DigestFile], failed: deque[FileReport]) -> Iterator[RawDigest]:
    """The files that can be read; the reports on the others go to `failed`."""
    for one in map(_load, files):
        if isinstance(one, RawDigest):
            yield one
        else:
            failed.append(one)


def _print(
    reports: Iterable[FileReport], form: str, *, clear: Callable[[], None], with_stored: bool = False
) -> Counter[str]:
    """Print the reports as they come; how many there were of each kind. `clear` is called before a line, to take a
    progress bar away; beside a bar only what is odd is worth a line."""
    terse = form == "text" and sys.stdout.isatty() and sys.stderr.isatty()
    verdicts: Counter[str] = Counter()
    for report in reports:
        verdicts[report.stored or report.verdict.value] += 1
        if terse and not report.problems and verdicts.total() >= LONG_WORK:
            continue
        clear()
        if form == "json":
            print_json(report.to_json(with_stored=with_stored))
        elif form == "github":
            _print_annotations(report)
        else:
            _print_lines(report)
    return verdicts


def _summed(verdicts: Counter[str], *, quiet: bool) -> int:
    """Say how it went, unless only machines read; the exit code."""
    if not quiet:
        counts = ", ".join(f"{count} {word}" for word, count in sorted(verdicts.items()))
        click.echo(f"{verdicts.total()} files: {counts}", err=True)
    return 1 if verdicts[Verdict.REJECT.value] else 0


def _print_lines(report: FileReport) -> None:
    items = f", {len(report.digest.items)} items" if report.digest else ""
    stored = f", {report.stored}" if report.stored else ""
    click.echo(f"{report.file}: {report.verdict.value}{items}{stored}")
    for problem in report.problems:
        click.echo(f"{report.file}:{problem.line}: {problem.severity.value}: {problem.message} [{problem.code}]")


def _print_annotations(report: FileReport) -> None:
    """What GitHub's runner turns into notes beside the lines."""
    for problem in report.problems:
        message = problem.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        place = report.file.replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
        click.echo(f"::{problem.severity.value} file={place},line={problem.line},title={problem.code}::{message}")

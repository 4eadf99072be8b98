"""`demo`: the whole bot in the browser, with a stand-in for Telegram, sample digests and a database thrown away at the
end. `emulator`: only the stand-in, for whoever develops against it.
"""

import asyncio
import contextlib
import shutil
import tempfile
import webbrowser
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot.app import App
from bot.bootstrap import build_core, bundled
from bot.cli.setup import settings_for_command
from bot.cli.until import until_told
from bot.core.digest import read_digest
from bot.emulator import DEFAULT_TOKEN, Emulator, FaultRates, demo_world
from bot.errors import DigestbotError
from bot.settings import OFF, ROLES

DEFAULT_PORT = 8800
_HELD_BACK = 3  # sample digests that a visitor publishes by button
_HOST = "127.0.0.1"


@click.command("demo")
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0: any free one.")
@click.option("--no-browser", is_flag=True, help="Open no browser, only say the address.")
def demo_command(port: int, no_browser: bool) -> int:
    """Try the bot in the browser: no token, no network, nothing to configure.

    \b
    Example: digestbot demo --port 9000 --no-browser
    """
    with tempfile.TemporaryDirectory(prefix="digestbot-demo-") as folder:
        return asyncio.run(until_told(lambda stop: _demo(Path(folder), port, stop, browser=not no_browser)))


@click.command("emulator")
@click.option("--port", type=click.IntRange(0, 65535), default=8081, show_default=True, help="0: any free one.")
@click.option("--token", default=DEFAULT_TOKEN, show_default=True, help="The token that is accepted.")
@click.option("--flood/--no-flood", default=True, show_default=True, help="Enforce Telegram's flood limits.")
@click.option("--latency", type=click.FloatRange(0, 60), default=0, help="Seconds until every answer.")
@click.option("--journal", type=click.Path(dir_okay=False, path_type=Path), help="Write every call to this file.")
@click.option("--errors", type=click.FloatRange(0, 1), default=0, help="Share of calls answered with 429 or 500.")
def emulator_command(port: int, token: str, flood: bool, latency: float, journal: Path | None, errors: float) -> int:
    """Run only the stand-in for Telegram's Bot API server, with a chat page, for any bot.

    \b
    Example: digestbot emulator --port 8081 --latency 0.05
    """
    emulator = Emulator(token=token, flood=flood, latency=latency, journal_path=journal)
    demo_world(emulator)
    emulator.faults.rates = FaultRates(flood=errors / 2, server_error=errors / 2)
    return asyncio.run(until_told(lambda stop: _emulate(emulator, port, stop)))


class _Press:
    """The publisher's desk of the demo: sample digests not yet published, moved into the watched folder one by one."""

    def __init__(self, waiting: list[Path], folder: Path) -> None:
        self._waiting = waiting
        self._folder = folder

    @property
    def remaining(self) -> int:
        return len(self._waiting)

    async def publish(self) -> tuple[str | None, int]:
        """Copy the next sample under a temporary name, then rename it: a watcher never sees half a file."""
        if not self._waiting:
            return None, 0
        path = self._waiting.pop(0)
        draft = self._folder / f".{path.name}"
        shutil.copyfile(path, draft)
        draft.rename(self._folder / path.name)
        reading = read_digest(path.read_bytes(), time_zone=ZoneInfo("Asia/Shanghai"))
        return (reading.digest.title if reading.digest else path.stem), self.remaining


async def _demo(folder: Path, port: int, stop: asyncio.Event, *, browser: bool) -> None:
    digests = folder / "digests"
    digests.mkdir()
    samples = sorted(bundled("digests").glob("*.md"))
    for path in samples[:-_HELD_BACK]:
        shutil.copy(path, digests)
    press = _Press(samples[-_HELD_BACK:], digests)
    emulator = Emulator(flood=True, on_publish=press.publish, publish_remaining=press.remaining)
    demo_world(emulator)
    async with await _started(emulator, port):
        settings = settings_for_command(
            {
                "token": emulator.token,
                "api_base_url": emulator.url,
                "data_dir": str(folder),
                "database_url": f"sqlite:///{folder / 'demo.db'}",
                "digests": (str(digests),),
                "http_address": OFF,
                "webhook_url": OFF,
            }
        )
        with contextlib.closing(build_core(settings)) as core:
            app = App(core, token=emulator.token, roles=ROLES)
            await app.run(stop, started=lambda: _say(f"{emulator.url}/", browser=browser))


async def _emulate(emulator: Emulator, port: int, stop: asyncio.Event) -> None:
    async with await _started(emulator, port):
        click.echo(f"DIGESTBOT_API_BASE_URL={emulator.url}")
        click.echo(f"DIGESTBOT_TOKEN={emulator.token}")
        click.echo("the chat page is at the same address; end with Ctrl+C", err=True)
        await stop.wait()


async def _started(emulator: Emulator, port: int) -> Emulator:
    try:
        return await emulator.start(_HOST, port)
    except OSError as error:
        raise DigestbotError(f"port {port} cannot be had ({error.strerror}); choose another with --port") from error


def _say(url: str, *, browser: bool) -> None:
    click.echo(url)
    click.echo("open this page and talk to the bot; end with Ctrl+C", err=True)
    if browser:
        webbrowser.open(url)

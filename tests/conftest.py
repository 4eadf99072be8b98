"""What several rooms' tests share: small invented digests in both of the publisher's styles, a few topics, and the
whole bot against a server that speaks the Bot API.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import hypothesis
import pytest

import bot.app
import bot.bootstrap
from bot.app import App
from bot.bootstrap import Core, build_core
from bot.core.model import Place, Subscriber
from bot.core.pacing import Limits
from bot.core.topics import TopicSet, load_topics
from bot.emulator import Emulator
from bot.i18n import Catalogue
from bot.rendering.script import ScriptConverter
from bot.settings import ROLES, Settings, load_settings
from bot.sources import FolderSource, Source
from bot.storage import Storage


def pytest_configure() -> None:
    """No example of any property is against the clock: on a busy machine each may take a moment."""
    hypothesis.settings.register_profile("unhurried", deadline=None)
    hypothesis.settings.load_profile("unhurried")


SHANGHAI = timezone(timedelta(hours=8))
BRISK = Limits(rate=1000.0, margin=0.0, chat_gap=0.001, group_count=10_000, group_window=1.0, catch_up=0.001)

TOPICS = """
[[topic]]
slug = "models"
names = { zh-hans = "模型", zh-hant = "模型", en = "Models" }
categories = ["AI Models", "模型进展"]
strong = ["新模型", "权重"]

[[topic]]
slug = "robotics"
names = { zh-hans = "机器人", zh-hant = "機器人", en = "Robotics" }
categories = ["Robots"]
strong = ["机器人", "机械臂"]

[[topic]]
slug = "open-source"
names = { zh-hans = "开源", zh-hant = "開源", en = "Open source" }
categories = ["Open Source"]
strong = ["开源", "仓库"]

[[topic]]
slug = "safety"
names = { zh-hans = "安全与伦理", zh-hant = "安全與倫理", en = "Safety & ethics" }
categories = ["AI Ethics"]
strong = ["越狱", "护栏"]
"""


@dataclass(frozen=True)
class Entry:
    """One numbered entry to write."""

    title: str
    body: str
    author: str = "Lin Wei"
    url: str = "https://example.org/a"


NEWS = (
    Entry("青岚实验室发布新模型", "青岚放出**新模型**的权重，参数不多，却很耐用。", "Mara Quill", "https://x.com/maraquill/status/1"),
    Entry("码头上的机械臂学会叠箱子", "港口的机器人**整夜**不停，工人改做调度。", "陈一诺", "https://robots.example.org/dock"),
    Entry("星图项目把仓库开源了", "星图的代码全部开源，附带**十二个**示例。", "Ola Brandt", "https://code.example.org/xingtu"),
)  # fmt: skip


def slot(hour: int, day: int = 21) -> datetime:
    """A slot in November 2026, Shanghai time."""
    return datetime(2026, 11, day, hour, tzinfo=SHANGHAI)


def digest_text(
    when: datetime,
    entries: Sequence[Entry] = NEWS,
    *,
    categories: Sequence[str] = ("AI Models", "Industry Trends"),
    spaced: bool = False,
    front: str = "",
) -> str:
    """A digest file; `spaced` is the publisher's older style: a rule on top, paragraphs apart, an unspaced hyphen."""
    between, hyphen = ("\n\n", "-") if spaced else ("\n", " - ")
    items = [
        f"{number}.  [{entry.title}{hyphen}{entry.author}]({entry.url}){between}    {entry.body}\n"
        for number, entry in enumerate(entries, start=1)
    ]
    names = ", ".join(f'"{name}"' for name in categories)
    head = (
        f'---\ntitle: "{when:%Y.%m.%d.%H} 过去4小时全球AI发生了什么？"\n'
        f"date: {(when + timedelta(seconds=7)).isoformat()}\ncategories: [{names}]\n{front}---\n\n"
    )
    return head + ("---\n\n" if spaced else "") + "\n".join(items)


@dataclass
class Desk:
    """The publisher's desk: writes digest files into a folder, each whole at once."""

    folder: Path
    _count: int = 0

    def write(self, name: str, text: str, *, modified: float | None = None) -> Path:
        """Put a file there under a temporary name, then rename it; `modified` is its time in seconds since 1970."""
        path, draft = self.folder / name, self.folder / f".{name}.part"
        draft.write_text(text, encoding="utf-8")
        self._count += 1
        stamp = modified if modified is not None else draft.stat().st_mtime
        os.utime(draft, (stamp, stamp))
        draft.rename(path)
        return path

    def publish(self, when: datetime, entries: Sequence[Entry] = NEWS, **options: Any) -> Path:
        """Write the digest of a slot under its usual name."""
        return self.write(f"{when:%Y-%m-%d-%H}.md", digest_text(when, entries, **options))


@pytest.fixture(scope="session")
def topics() -> TopicSet:
    """Four topics."""
    return load_topics(TOPICS)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The interface's words."""
    return Catalogue.load()


@pytest.fixture(scope="session")
def converter() -> ScriptConverter:
    """Simplified to Traditional and back."""
    return ScriptConverter()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest layout, to copy from."""
    path = tmp_path_factory.mktemp("layout") / "empty.db"
    with Storage.open(f"sqlite:///{path}") as storage:
        storage.upgrade()
    return path


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> Iterator[Storage]:
    """An open, empty SQLite database."""
    shutil.copy(empty_database, tmp_path / "services.db")
    with Storage.open(f"sqlite:///{tmp_path}/services.db") as storage:
        yield storage


@dataclass
class Running:
    """A running App."""

    app: App
    core: Core
    stop: asyncio.Event
    task: "asyncio.Task[None]"

    async def end(self) -> None:
        """Stop as a signal does; raises what the app ended with."""
        self.stop.set()
        await self.task


@dataclass
class House:
    """The folder, the database and the server of a bot, which may be started and stopped several times."""

    root: Path
    emulator: Emulator
    desk: Desk
    flags: dict[str, object] = field(default_factory=dict)

    def settings(self, **flags: object) -> Settings:
        """The settings of this house."""
        base: dict[str, object] = {
            "token": self.emulator.token,
            "api_base_url": self.emulator.url,
            "data_dir": str(self.root),
            "http_address": "off",
        }
        return load_settings({**base, **self.flags, **flags}, env_file=None)

    @asynccontextmanager
    async def running(
        self, *, roles: Sequence[str] = ROLES, prepare: Callable[[App], None] = lambda _: None, **flags: object
    ) -> AsyncIterator[Running]:
        """The real App, started; ended at the exit of the block, with its error if it had one."""
        settings = self.settings(**flags)
        assert settings.token is not None
        core = build_core(settings)
        try:
            app = App(core, token=settings.token.get_secret_value(), roles=roles)
            prepare(app)
            stop, started = asyncio.Event(), asyncio.Event()
            task = asyncio.create_task(app.run(stop, started=started.set))
            waiting = asyncio.create_task(started.wait())
            await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            running = Running(app, core, stop, task)
            try:
                yield running
            finally:
                await running.end()
        finally:
            core.close()

    @asynccontextmanager
    async def storage(self) -> AsyncIterator[Storage]:
        """The database by itself, to look at what is stored."""
        with Storage.open(self.settings().database) as storage:
            yield storage


def subscriber_of(storage: Storage, place: Place) -> Subscriber:
    """The subscriber of a place, which must be known."""
    with storage.reading() as tx:
        found = tx.subscribers.find(place)
    assert found is not None
    return found


def _brisk_source(setting: str, *, clock: Callable[[], datetime], **_: object) -> Source:
    return FolderSource(Path(setting), clock=clock, quiet=timedelta(seconds=0.01), rescan=timedelta(seconds=0.2))


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch, topics: TopicSet, catalogue: Catalogue, converter: ScriptConverter) -> None:
    """No waiting in tests of behaviour: chats may be written to at once, files are read soon after they were written,
    and what every start loads is loaded once."""
    monkeypatch.setattr(bot.app, "Limits", lambda **_: BRISK)
    monkeypatch.setattr(bot.app, "open_source", _brisk_source)
    monkeypatch.setattr(bot.bootstrap, "load_topic_set", lambda _settings: topics)
    load = Catalogue.load
    monkeypatch.setattr(Catalogue, "load", lambda overrides=None: load(overrides) if overrides else catalogue)
    monkeypatch.setattr(bot.bootstrap, "ScriptConverter", lambda: converter)


@pytest.fixture
async def house(tmp_path: Path, brisk: None, empty_database: Path) -> AsyncIterator[House]:
    """A folder with one digest, an empty database, a server; every call the server got must have been valid."""
    root = tmp_path / "house"
    (root / "digests").mkdir(parents=True)
    shutil.copy(empty_database, root / "digestbot.db")
    desk = Desk(root / "digests")
    desk.publish(slot(8))
    async with Emulator() as emulator:
        yield House(root, emulator, desk)
        assert emulator.violations == []


@pytest.fixture
async def running(house: House) -> AsyncIterator[Running]:
    """The bot, running, with the one digest stored."""
    async with house.running() as app:
        await stored(app, 1)
        yield app


async def stored(app: Running, digests: int) -> None:
    """Wait until so many digests are stored."""
    await until(lambda: app.core.reading.state().digests >= digests)


async def until(condition: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Wait for what no event announces; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - the database rings no bell
            await asyncio.sleep(0.01)


Asking = Callable[..., Awaitable[dict[str, Any]]]

"""The command line as a user has it: words in; exit code, output and complaints out."""

import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import build_core
from bot.cli import run
from bot.settings import load_settings
from bot.sources import digest_files

NOW = datetime(2025, 11, 27, tzinfo=UTC)

HEAD = """---
title: {title}
date: {date}
categories: ["AI Models", "行业动态"]
---
"""


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[Any]:
        """Its JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with nothing set in the environment; the data folder is `data` below it."""
    for name in [name for name in os.environ if name.upper().startswith("DIGESTBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def digestbot(home: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run a command in this process; what it sets up for the whole process is undone afterwards."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level

    def call(*words: object) -> Answer:
        capsys.readouterr()
        code = run([str(word) for word in words])
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    yield call
    logging.captureWarnings(False)
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)


def digest_text(*items: str, date: str = "2025-11-26T08:00:00+08:00", title: str = "Digest") -> str:
    """A digest file: each item is `headline | url | body`."""
    parts = (item.split(" | ") for item in items)
    entries = (
        f"{number}. **[{headline}]({url})**\n\n   {body}\n" for number, (headline, url, body) in enumerate(parts, 1)
    )
    return HEAD.format(title=title, date=date) + "\n" + "\n".join(entries)


MORNING = digest_text(
    "开放模型的新一轮评测 - merve | https://x.com/mervenoyann/status/1 | 评测比较了六个开放权重的模型，结论并不意外。",
    "Chip prices fall again - Ann Lee | https://example.org/chips | Prices of accelerators fell for the third month.",
)
EVENING = digest_text(
    "智能体学会了等待 - 宝玉 | https://x.com/dotey/status/2 | 新的智能体框架把长任务挂起，等人确认之后再继续。",
    "大模型的账单 - Ann Lee | https://example.org/bill | 一家公司公开了它一年的推理费用，模型越大，账单越长。",
    date="2025-11-26T20:00:00+08:00",
    title="Evening",
)


@pytest.fixture
def digests(home: Path) -> Path:
    """A folder of two good digests."""
    return written(home / "digests")


def written(folder: Path) -> Path:
    """Two good digests in a new folder."""
    folder.mkdir()
    (folder / "morning.md").write_text(MORNING, encoding="utf-8")
    (folder / "evening.md").write_text(EVENING, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose archive holds both digests, to copy from."""
    place = tmp_path_factory.mktemp("archive")
    settings = load_settings({"data_dir": str(place / "data")}, env_file=str(place / "none"))
    with closing(build_core(settings)) as core:
        raws = [file.read() for file in digest_files(written(place / "digests"))]
        core.ingest.store([raw for raw in raws if raw], announce=False, now=NOW)
    return place / "data"


@pytest.fixture
def archive(digestbot: Run, home: Path, stored: Path) -> Run:
    """The command line over an archive that holds both digests."""
    shutil.copytree(stored, home / "data")
    return digestbot

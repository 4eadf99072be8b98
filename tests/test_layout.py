"""Rules of the house that a reviewer would otherwise have to remember: documents held to the code, sizes, and nothing
in the repository that belongs to one machine.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.cli.program import COMMANDS
from bot.core.digest import PROBLEM_CODES, read_digest
from bot.core.model import Verdict
from bot.rendering.commands import COMMANDS as CHAT_COMMANDS
from bot.services.ingest import OLDER_REVISION, SLOT_TAKEN, UNREADABLE
from bot.settings import Settings, variable_of

ROOT = Path(__file__).parents[1]
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "bot").rglob("*.py"))
LONGEST_FUNCTION = 50
LONGEST_FILE = 400
INGEST_CODES = {UNREADABLE, SLOT_TAKEN, OLDER_REVISION}
# What a path of somebody's machine or a private mirror of a package registry looks like.
_OF_ONE_MACHINE = re.compile(
    rb"/(?:home|Users)/[a-z][\w.-]*/|/root/|[\w-]*(?:artifactory|nexus|devpi|pypi-mirror)[\w.-]*/|--(?:extra-)?index-url",
    re.IGNORECASE,
)


def tracked() -> Iterator[Path]:
    """The files that belong to the repository; all files beside `.git` where there is none."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return (path for path in paths if path.is_file())


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.body[0].lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    # A migration lists whole tables, once, and is never changed again.
    long = {
        module: [made.name for made in functions(module) if lines_of(made) > LONGEST_FUNCTION] for module in MODULES
    }
    assert {module: names for module, names in long.items() if names and "/migrations/" not in module} == {}


def test_no_file_is_too_long_to_read() -> None:
    lines = {module: len((ROOT / module).read_text(encoding="utf-8").splitlines()) for module in MODULES}
    assert {module: count for module, count in lines.items() if count > LONGEST_FILE} == {}


def test_every_module_says_what_it_holds() -> None:
    texts = {module: (ROOT / module).read_text(encoding="utf-8") for module in MODULES}
    assert [module for module, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))] == []


def test_nothing_names_somebodys_machine() -> None:
    found = {path.relative_to(ROOT): _OF_ONE_MACHINE.findall(path.read_bytes()) for path in tracked()}
    # This file names what must not be named.
    assert {path: hits for path, hits in found.items() if hits and path != Path("tests/test_layout.py")} == {}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pinned_packages_have_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    pins = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==", text, re.MULTILINE)
    assert len(pins) > 20
    assert len(re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(pins)


@pytest.mark.parametrize("path", sorted((ROOT / "data" / "digests").glob("*.md")), ids=lambda path: path.name)
def test_the_samples_are_without_fault(path: Path) -> None:
    reading = read_digest(path.read_bytes(), time_zone=ZoneInfo("Asia/Shanghai"))
    assert (reading.verdict, reading.problems) == (Verdict.ACCEPT, ())


# The README's tables: what is in the code is in them, and nothing else.


def section(title: str) -> str:
    """The text below a heading of the README, up to the next of its level."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title}"
    return found[1]


def rows(title: str) -> list[str]:
    """The first cells of a section's tables."""
    return re.findall(r"^\| (`[^|]*?) *\|", section(title), re.MULTILINE)


def codes(cells: list[str]) -> list[str]:
    return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]


def test_the_readme_names_every_setting() -> None:
    named = {name if name.startswith("DIGESTBOT_") else f"DIGESTBOT_{name}" for name in codes(rows("Settings"))}
    assert named == {variable_of(field) for field in Settings.model_fields}


def test_the_readme_names_every_command() -> None:
    words = (code.removeprefix("digestbot ").split() for code in codes(rows("Command line")))
    assert {first for first, *_ in words if not first.startswith("-")} == set(COMMANDS)


def test_the_readme_names_every_chat_command() -> None:
    named = {word for code in codes(rows("In the chat")) for word in re.findall(r"/(\w+)", code)}
    assert {command.name for command in CHAT_COMMANDS} <= named


def test_the_readme_names_every_problem_code() -> None:
    assert set(codes(rows("Problem codes"))) == set(PROBLEM_CODES) | INGEST_CODES


def test_the_codes_of_ingest_are_its_own() -> None:
    assert INGEST_CODES.isdisjoint(PROBLEM_CODES)

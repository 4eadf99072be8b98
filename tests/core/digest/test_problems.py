"""The table of codes is what reading really uses."""

import re
from pathlib import Path

import pytest

import bot.core.digest
from bot.core.digest import PROBLEM_CODES
from bot.core.digest.problems import Problems
from bot.core.model import Severity

SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in Path(bot.core.digest.__file__).parent.glob("*.py"))
TABLE = SOURCE[SOURCE.index("PROBLEM_CODES: Mapping") : SOURCE.index("class Problems")]


def test_every_code_is_used_and_every_used_code_is_in_the_table() -> None:
    used = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', SOURCE.replace(TABLE, "")))
    assert set(PROBLEM_CODES) - used - {"draft"} == set()
    noted = set(re.findall(r'(?:problems\.add\(\s*|_refused?\(problems, )"([a-z0-9-]+)"', SOURCE))
    assert noted <= set(PROBLEM_CODES)


@pytest.mark.parametrize("code", PROBLEM_CODES)
def test_codes_are_described_in_a_sentence(code: str) -> None:
    severity, description = PROBLEM_CODES[code]
    assert severity in set(Severity)
    assert re.fullmatch(r"[A-Z].{10,110}\.", description)


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PROBLEM_CODES["x"] = (Severity.ERROR, "x")  # type: ignore[index]  # that is the point


def test_problems_come_sorted_by_line() -> None:
    problems = Problems()
    problems.add("no-items", 9, "x")
    problems.add("item-without-link", 0, "y")

    assert [problem.line for problem in problems.all()] == [1, 9]
    assert problems.fatal

"""Front matter as the world writes it: dates, categories, drafts, windows, and what is refused and where."""

import pytest

from bot.core.digest import window_of
from bot.core.model import Verdict
from tests.core.digest.reading import codes_of, reading_of

ITEM = "1. [A title - Jane Doe](https://example.org/1)\n   Text.\n"


def _yaml(*lines: str) -> str:
    return "\n".join(("---", *lines, "---", "", ITEM))


def _toml(*lines: str) -> str:
    return "\n".join(("+++", *lines, "+++", "", ITEM))


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2025-11-26T08:00:07+08:00", "2025-11-26T08:00:07+08:00"),
        ('"2025-11-26T08:00:07+08:00"', "2025-11-26T08:00:07+08:00"),
        ("'2025-11-26 08:00:07 +0800'", "2025-11-26T08:00:07+08:00"),
        ("2025-11-26T08:00:07-05:30", "2025-11-26T08:00:07-05:30"),
        ("2025-11-26T00:00:07Z", "2025-11-26T00:00:07+00:00"),
        ("2025-11-26T08:00:07.123456+08:00", "2025-11-26T08:00:07+08:00"),
        ("2025-11-26 08:00:07", "2025-11-26T08:00:07+08:00"),
        ("2025-11-26 08:00", "2025-11-26T08:00:00+08:00"),
        ("2025-11-26T08:00", "2025-11-26T08:00:00+08:00"),
        ("2025-11-26", "2025-11-26T00:00:00+08:00"),
        ("2025/11/26 8:05", "2025-11-26T08:05:00+08:00"),
        ("2025年11月26日 8点", "2025-11-26T08:00:00+08:00"),
        ("20251126T080007Z", "2025-11-26T08:00:07+00:00"),
        ("Wed, 26 Nov 2025 08:00:07 +0800", "2025-11-26T08:00:07+08:00"),
        ("November 26, 2025 8:00 PM", "2025-11-26T20:00:00+08:00"),
        ("26 November 2025", "2025-11-26T00:00:00+08:00"),
        ("２０２５-１１-２６", "2025-11-26T00:00:00+08:00"),
    ],
)
def test_dates_keep_their_own_offset(written: str, date: str) -> None:
    reading = reading_of(_yaml("title: T", f"date: {written}"))

    assert reading.problems == ()
    assert reading.digest is not None
    assert reading.digest.date.isoformat() == date
    assert reading.digest.slot == reading.digest.date.replace(second=0)


@pytest.mark.parametrize(
    "written",
    [
        "yesterday", "0000-00-00", "2025-13-45", "2025-02-29", "2025-11-26T25:00:00+08:00",
        "1764115200", "[2025, 11]", "true",
        "2025-11-26T08:00+99:00", "9999-01-01", "0001-01-01T00:00:00Z", "{a: b}", "12:00", "2025-11-26T08:61",
        "13:00 PM", "'-'",
        "2025-11-26 13:00 PM", "November 2025",
    ],
)  # fmt: skip
def test_a_wrong_date_is_refused_at_its_line(written: str) -> None:
    reading = reading_of(_yaml("title: 2025.11.26.08 T", f"date: {written}"))

    assert reading.verdict is Verdict.REJECT
    assert [(problem.line, problem.code) for problem in reading.problems] == [(3, "date-invalid")]


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2025-11-26T08:00:07+08:00", "2025-11-26T08:00:07+08:00"),
        ("2025-11-26T08:00:07Z", "2025-11-26T08:00:07+00:00"),
        ("2025-11-26T08:00:07", "2025-11-26T08:00:07+08:00"),
        ("2025-11-26", "2025-11-26T00:00:00+08:00"),
        ('"2025-11-26 08:00"', "2025-11-26T08:00:00+08:00"),
    ],
)
def test_toml_dates(written: str, date: str) -> None:
    reading = reading_of(_toml('title = "T"', f"date = {written}", 'categories = ["a", "b"]', "draft = false"))

    assert reading.problems == ()
    assert reading.digest is not None
    assert reading.digest.date.isoformat() == date
    assert reading.digest.categories == ("a", "b")


@pytest.mark.parametrize("written", ["12:00:00", "1.5", "2025", "true", "[1]", "{a = 1}", "0001-01-01"])
def test_a_wrong_toml_date_is_refused(written: str) -> None:
    assert codes_of(reading_of(_toml('title = "T"', f"date = {written}"))) == ["date-invalid"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-05-01 08:00:00 +0800", "2024-05-01T08:00"),
        ("2024/5/1", "2024-05-01T00:00"),
        ("20240501", "2024-05-01T00:00"),
        ("2024年5月1日", "2024-05-01T00:00"),
        ("2024. 5. 1.", "2024-05-01T00:00"),
        ("2024. 5. 1. 08:30", "2024-05-01T08:30"),
        ("May 1, 2024", "2024-05-01T00:00"),
        ("1 May 2024", "2024-05-01T00:00"),
        ("01.05.2024", "2024-05-01T00:00"),
        ("1.5.2024 08:30", "2024-05-01T08:30"),
        ("16/05/2024", "2024-05-16T00:00"),
        ("05/16/2024", "2024-05-16T00:00"),
        ("05-05-2024", "2024-05-05T00:00"),
        ("[2024-05-01]", "2024-05-01T00:00"),
    ],
)
def test_dates_as_other_countries_write_them(written: str, day: str) -> None:
    reading = reading_of(_yaml("title: T", f"date: {written}"))

    assert reading.digest is not None, reading.problems
    assert reading.digest.date.isoformat()[:16] == day


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("5/1/2024", "which is the day and which the month"),
        ("05-06-2024", "which is the day and which the month"),
        ("[2024]", "'2024' is not a date"),
        ("[2024-05-01, 2024-05-02]", "a list or table is not a date"),
        ("31.02.2024", "is not a date"),
        ("1er mai 2024", "is not a date"),
        ("true", "is not a date"),
    ],
)
def test_a_date_that_cannot_be_told_is_refused_with_the_reason(written: str, reason: str) -> None:
    problem = reading_of(_yaml("title: T", f"date: {written}")).problems[0]

    assert (problem.code, problem.line) == ("date-invalid", 3)
    assert reason in problem.message


@pytest.mark.parametrize("key", ["pubDate", "published", "publishedAt", "publish_date", "publishDate", "created"])
def test_the_date_may_stand_under_another_key(key: str) -> None:
    reading = reading_of(_yaml("title: T", f"{key}: 2024-05-01T08:00:00Z"))

    assert reading.digest is not None, reading.problems
    assert reading.digest.date.isoformat() == "2024-05-01T08:00:00+00:00"


def test_a_mark_that_the_file_is_published_is_no_date() -> None:
    assert codes_of(reading_of(_yaml("title: T", "published: true"))) == ["date-missing"]
    assert reading_of(_yaml("title: T", "published: true", "date: 2024-05-01")).verdict is Verdict.ACCEPT


@pytest.mark.parametrize("line", ["published: false", "status: draft", "status: Draft"])
def test_other_ways_to_mark_a_draft(line: str) -> None:
    reading = reading_of(_yaml("title: T", "date: 2024-05-01", line))

    assert (reading.verdict, codes_of(reading)) == (Verdict.SKIP, ["draft"])


@pytest.mark.parametrize(
    ("title", "day"),
    [
        ("Daily news — 2024-05-01", "2024-05-01"),
        ("早报 · 2024年05月01日", "2024-05-01"),
        ("News of 2024/5/1 (evening)", "2024-05-01"),
    ],
)
def test_the_only_date_in_a_title_stands_in_for_a_missing_one(title: str, day: str) -> None:
    reading = reading_of(_yaml(f'title: "{title}"'))

    assert codes_of(reading) == ["date-from-title"]
    assert reading.digest is not None
    assert reading.digest.date.isoformat()[:10] == day


@pytest.mark.parametrize("title", ["From 2024-05-01 to 2024-05-07", "Model 2024.5", "Kernel 2024-13-01", "v2024.5.1.2"])
def test_a_title_without_one_clear_date_gives_none(title: str) -> None:
    assert codes_of(reading_of(_yaml(f'title: "{title}"'))) == ["date-missing"]


@pytest.mark.parametrize(
    ("lines", "categories"),
    [
        (["tags: [a, b]"], ("a", "b")),
        (["tags: a, b"], ("a", "b")),
        (["tags: a · b | c"], ("a", "b", "c")),
        (["categories: [c]", "tags: [a]"], ("c",)),
        (["categories: []", "tags: [a]"], ()),
        (["categories:", "tags: [a]"], ()),
        (["taxonomies:", "  categories: [c]", "  tags: [a]"], ("c",)),
        (["taxonomies:", "  tags: [a]"], ("a",)),
        (["taxonomies: x"], ()),
        (["tags:"], ()),
    ],
)
def test_tags_stand_in_for_categories_that_are_not_there(lines: list[str], categories: tuple[str, ...]) -> None:
    reading = reading_of(_yaml("title: T", "date: 2024-05-01", *lines))

    assert reading.digest is not None, reading.problems
    assert reading.digest.categories == categories


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ('{"title": "T"}\n', "front-matter-missing", "JSON"),
        (";;;\n{}\n;;;\n", "front-matter-missing", "JSON"),
        ("Title: T\nDate: 2024-05-01\n\ntext\n", "front-matter-missing", "no --- line above"),
        ("# Heading\n\ntext\n", "front-matter-missing", "between two --- lines"),
        ("---\ntitle: a: b\n---\n", "front-matter-invalid", "in quotes"),
        ("---\ntitle: @a\n---\n", "front-matter-invalid", "in quotes"),
        ("---\ntitle: T\ndate: {{ now }}\n---\n", "front-matter-invalid", "template"),
    ],
)
def test_a_refusal_says_how_to_mend_the_front_matter(text: str, code: str, hint: str) -> None:
    problem = reading_of(text).problems[0]

    assert problem.code == code
    assert hint in problem.message


def test_a_missing_date_is_taken_from_the_title() -> None:
    reading = reading_of(_yaml("title: 2025.11.26.08 过去4小时"))

    assert reading.verdict is Verdict.ACCEPT_WITH_WARNING
    assert codes_of(reading) == ["date-from-title"]
    assert reading.digest is not None
    assert reading.digest.slot.isoformat() == "2025-11-26T08:00:00+08:00"


def test_a_missing_date_without_a_slot_in_the_title_is_refused() -> None:
    assert codes_of(reading_of(_yaml("title: T"))) == ["date-missing"]


@pytest.mark.parametrize(
    ("title", "date", "slot", "codes"),
    [
        ("2025.11.26.08 T", "2025-11-26T08:00:07+08:00", "2025-11-26T08:00:00+08:00", []),
        ("2025.11.26.08 T", "2025-11-26T00:00:07Z", "2025-11-26T00:00:00+00:00", []),
        ("2025.11.26.08 T", "2025-11-26", "2025-11-26T08:00:00+08:00", []),
        ("2025年11月26日 08时 T", "2025-11-26", "2025-11-26T08:00:00+08:00", []),
        ("2025.11.26 T", "2025-11-26T09:00:00+08:00", "2025-11-26T09:00:00+08:00", []),
        ("2025.11.26.08 T", "2025-11-26T12:00:07+08:00", "2025-11-26T12:00:00+08:00", ["date-disagrees-with-title"]),
        ("2025.11.25 T", "2025-11-26T12:00:07+08:00", "2025-11-26T12:00:00+08:00", ["date-disagrees-with-title"]),
        ("2025.13.77.08 T", "2025-11-26T12:00:07+08:00", "2025-11-26T12:00:00+08:00", []),
        ("2025.11.26 4小时", "2025-11-26", "2025-11-26T00:00:00+08:00", []),
    ],
)
def test_the_date_wins_over_the_slot_in_the_title(title: str, date: str, slot: str, codes: list[str]) -> None:
    reading = reading_of(_yaml(f"title: {title}", f"date: {date}"))

    assert codes_of(reading) == codes
    assert reading.digest is not None
    assert reading.digest.slot.isoformat() == slot


@pytest.mark.parametrize(
    ("lines", "categories"),
    [
        (["categories: [AI Models, 行业动态]"], ("AI Models", "行业动态")),
        (["categories:", "  - AI Models", "  - 行业动态"], ("AI Models", "行业动态")),
        (["categories: AI Models"], ("AI Models",)),
        (["categories: 'a, b，c、d'"], ("a", "b", "c", "d")),
        (['categories: \'["a", "b"]\''], ("a", "b")),
        (["categories: [a, A, a]"], ("a",)),
        (["categories: [NO, 1, 2.50, yes]"], ("NO", "1", "2.50", "yes")),
        (["categories: []"], ()),
        (["categories:"], ()),
        (["categories: [[a, b], ~, c]"], ("a", "b", "c")),
        (["Categories: [a]"], ("a",)),
        (["category: a"], ("a",)),
        ([], ()),
    ],
)
def test_categories_in_any_form(lines: list[str], categories: tuple[str, ...]) -> None:
    reading = reading_of(_yaml("title: T", "date: 2025-11-26", *lines))

    assert reading.problems == ()
    assert reading.digest is not None
    assert reading.digest.categories == categories


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("[a, {b: c}]", 1),
        ("{a: b}", 0),
        (f"[a, {'x' * 101}]", 1),
        (str([f"c{n}" for n in range(60)]), 50),
        ("[a, [[b]]]", 1),
    ],
)
def test_messy_categories_are_left_out_with_a_warning(written: str, kept: int) -> None:
    reading = reading_of(_yaml("title: T", "date: 2025-11-26", f"categories: {written}"))

    assert [(problem.line, problem.code) for problem in reading.problems] == [(4, "categories-odd")]
    assert reading.digest is not None
    assert len(reading.digest.categories) == kept


@pytest.mark.parametrize("written", ["true", "True", "yes", "'true'", "1"])
def test_a_draft_is_skipped(written: str) -> None:
    reading = reading_of(_yaml("title: T", "date: 2025-11-26", f"draft: {written}"))

    assert (reading.verdict, codes_of(reading), reading.digest) == (Verdict.SKIP, ["draft"], None)


def test_a_draft_may_still_lack_a_date() -> None:
    assert reading_of(_yaml("title: T", "draft: true")).verdict is Verdict.SKIP


@pytest.mark.parametrize(("written", "codes"), [("false", []), ("no", []), ("~", []), ("maybe", ["draft-unclear"])])
def test_what_is_no_draft_is_read(written: str, codes: list[str]) -> None:
    reading = reading_of(_yaml("title: T", "date: 2025-11-26", f"draft: {written}"))

    assert codes_of(reading) == codes
    assert reading.digest is not None


@pytest.mark.parametrize(
    ("title", "hours"),
    [
        ("过去4小时全球AI发生了什么？", 4),
        ("過去 24 小時", 24),
        ("过去４小时", 4),
        ("过去四小时", 4),
        ("过去十二个小时", 12),
        ("過去二十四小時", 24),
        ("Past 4 hours in AI", 4),
        ("the last 24 hours", 24),
        ("过去一天", 24),
        ("最近7天", 168),
        ("The past day", 24),
        ("24小时要闻", 24),
        ("日报", None),
        ("最近的事", None),
        ("过去0小时", None),
        ("过去9999小时", None),
    ],
)
def test_the_window_is_read_from_the_title(title: str, hours: int | None) -> None:
    assert window_of(title) == hours


@pytest.mark.parametrize(
    ("line", "hours", "codes"),
    [
        ("window_hours: 6", 6, []),
        ("hours: '8h'", 8, []),
        ("window_hours: lots", 4, ["window-invalid"]),
        ("window_hours: 0", 4, ["window-invalid"]),
        ("window_hours: [1]", 4, ["window-invalid"]),
    ],
)
def test_the_front_matter_s_window_wins(line: str, hours: int, codes: list[str]) -> None:
    reading = reading_of(_yaml("title: past 4 hours", "date: 2025-11-26", line))

    assert codes_of(reading) == codes
    assert reading.digest is not None
    assert reading.digest.window_hours == hours


@pytest.mark.parametrize(("body", "title"), [("# The heading\n\n" + ITEM, "The heading"), (ITEM, "2025.11.26.08")])
def test_a_missing_title_is_stood_in_for(body: str, title: str) -> None:
    reading = reading_of(f"---\ndate: 2025-11-26T08:00:00+08:00\n---\n\n{body}")

    assert codes_of(reading) == ["title-missing"]
    assert reading.digest is not None
    assert reading.digest.title == title


def test_a_long_title_is_cut() -> None:
    reading = reading_of(_yaml(f"title: {'长' * 400}", "date: 2025-11-26"))

    assert codes_of(reading) == ["title-too-long"]
    assert reading.digest is not None
    assert len(reading.digest.title) == 300


@pytest.mark.parametrize("title", ["2025.10", "'2025.10'", "!!str 2025.10"])
def test_a_title_of_digits_stays_as_written(title: str) -> None:
    reading = reading_of(_yaml(f"title: {title}", "date: 2025-11-26"))

    assert reading.digest is not None
    assert reading.digest.title == "2025.10"


def test_unknown_keys_and_a_shared_list_are_fine() -> None:
    reading = reading_of(_yaml("title: T", "date: 2025-11-26", "x: {y: [1, 2]}", "categories: &c [a]", "tags: *c"))

    assert reading.verdict is Verdict.ACCEPT


BILLION_LAUGHS = [
    "a: &a [x, x]",
    *(f"{b}: &{b} [*{a}, *{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("1. no front matter\n", 1, "front-matter-missing"),
        ("\n\ntext\n---\n", 3, "front-matter-missing"),
        ("---\ntitle: T\ndate: 2025-11-26\n\n1. item\n", 1, "front-matter-unclosed"),
        ("+++\ntitle = 'T'\n---\n", 1, "front-matter-unclosed"),
        ("---\n" + "a: b\n" * 20_000 + "---\n", 1, "front-matter-too-large"),
        ("---\na: '" + "字" * 30_000 + "'\n---\n", 1, "front-matter-too-large"),
        ("---\n- a\n- b\n---\n", 2, "front-matter-invalid"),
        ("---\njust words\n---\n", 2, "front-matter-invalid"),
        ('---\ntitle: "T\ndate: x\n---\n', 2, "front-matter-invalid"),
        ('---\ndate: 2025-11-26\ntitle: "T\ncategories: ["a", "b"]\n---\n', 3, "front-matter-invalid"),
        ("---\ndate: 2025-11-26\ntitle: 'T\nx: 'y'\nz: w\n---\n", 3, "front-matter-invalid"),
        ("---\ndate: 2025-11-26\ncategories: [a, b\ntitle: x\n---\n", 3, "front-matter-invalid"),
        ("---\ntitle: x\ndate: {a: b\n---\n", 3, "front-matter-invalid"),
        ("---\ntitle: x\ndate: [\n---\n", 3, "front-matter-invalid"),
        ("---\n\ttitle: T\n---\n", 2, "front-matter-invalid"),
        ("---\ntitle: T\n  bad: [\n---\n", 3, "front-matter-invalid"),
        ("---\nn: !!int 'x'\n---\n", 1, "front-matter-invalid"),
        ("---\nn: !!timestamp 'x'\n---\n", 1, "front-matter-invalid"),
        ("---\n? [a]\n: b\n---\n", 2, "front-matter-invalid"),
        ("---\na: *nowhere\n---\n", 2, "front-matter-invalid"),
        ("+++\ntitle = \n+++\n", 2, "front-matter-invalid"),
        ("---\ntitle: T\ntitle: U\n---\n", 3, "front-matter-duplicate-key"),
        ("---\na:\n  b: 1\n  b: 2\n---\n", 4, "front-matter-duplicate-key"),
        ("+++\ntitle = 'T'\ntitle = 'U'\n+++\n", 3, "front-matter-duplicate-key"),
        ("+++\n[a]\n[a]\n+++\n", 3, "front-matter-duplicate-key"),
        ("---\nx: !!python/object/apply:os.system [ls]\n---\n", 2, "front-matter-tag"),
        ("---\nx: !custom y\n---\n", 2, "front-matter-tag"),
        ("---\n" + "\n".join(BILLION_LAUGHS) + "\n---\n", 3, "front-matter-bomb"),
        ("---\na: " + "[" * 30_000 + "\n---\n", 2, "front-matter-bomb"),
        ("---\n" + "- " * 2_000 + "\n---\n", 2, "front-matter-bomb"),
        ("---\na: &a x\n" + "b: [" + "*a, " * 40 + "]\n---\n", 3, "front-matter-bomb"),
        ("+++\na = " + "[" * 30_000 + "\n+++\n", 1, "front-matter-bomb"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_broken_front_matter_is_refused_with_its_line(text: str, line: int, code: str) -> None:
    reading = reading_of(text)

    assert reading.verdict is Verdict.REJECT
    assert [(problem.line, problem.code) for problem in reading.problems] == [(line, code)]


def test_problems_count_lines_of_the_file() -> None:
    reading = reading_of(_yaml("title: T", "date: 2025-11-26") + "2. no link\n   text\n")

    assert (reading.problems[0].line, reading.problems[0].code) == (8, "item-without-link")


@pytest.mark.parametrize("close", ["---", "...", "-----", "---   "])
def test_yaml_front_matter_may_close_in_several_ways(close: str) -> None:
    assert reading_of(f"---\ntitle: T\ndate: 2025-11-26\n{close}\n{ITEM}").verdict is Verdict.ACCEPT

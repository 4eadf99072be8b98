"""Tables as daily lists have them: a row is an item when it has a title and a link."""

import pytest

from bot.core.digest.tables import table_rows
from bot.core.model import Verdict
from tests.core.digest.reading import HEAD, codes_of, items_of, reading_of

PAPERS = (
    "# Papers\n\n## One topic\n\n|Date|Title|Authors|PDF|Code|\n|:---:|---|:---|---:|---|\n"
    "|**2024-08-12**|**A first paper: \\| and - signs**|Ann Miller et.al.|[2408.1v1](http://arxiv.example/1)|null|\n"
    "|**2024-08-12**|**A second paper**|Bo Tan|[2408.2v1](http://arxiv.example/2)|[link](https://code.example/2)|\n"
    "\n## Another topic\n\n| Title | Abstract | Link |\n|---|---|---|\n"
    "| A third paper - Cy Young | What **it** says. | [here](http://arxiv.example/3) |\n"
)


def test_rows_of_papers_are_items() -> None:
    items = items_of(PAPERS)

    assert [(item.number, item.title, item.author, item.url, item.body.text) for item in items] == [
        (1, "A first paper: | and - signs", "Ann Miller et.al.", "http://arxiv.example/1", ""),
        (2, "A second paper", "Bo Tan", "http://arxiv.example/2", "Code: link"),
        (3, "A third paper", "Cy Young", "http://arxiv.example/3", "What it says."),
    ]


def test_a_table_whose_title_is_the_link() -> None:
    items = items_of(
        "标题 | 来源\n--- | ---\n[甲的新闻](https://a.example/1) | 某报\n[乙的新闻](https://a.example/2) | -\n"
    )

    assert [(item.title, item.author, item.url, item.body.text) for item in items] == [
        ("甲的新闻", None, "https://a.example/1", "某报"),
        ("乙的新闻", None, "https://a.example/2", ""),
    ]


def test_what_stands_around_a_table_is_reported_but_not_its_headings() -> None:
    assert codes_of(reading_of(HEAD + "Words.\n\n" + PAPERS)).count("text-outside-items") == 1
    assert "text-outside-items" not in codes_of(reading_of(HEAD + PAPERS))


def test_a_table_in_the_body_of_an_item_stays_there() -> None:
    table = "|Title|Link|\n|---|---|\n|a|[x](https://a.example/1)|\n|b|[y](https://a.example/2)|\n"
    listed = "".join(f"{n}. [新闻{n} - 张三](https://x.com/a/status/{n})\n\n{table}\n" for n in range(1, 4))

    assert [item.title for item in items_of(listed)] == ["新闻1", "新闻2", "新闻3"]


@pytest.mark.parametrize(
    "table",
    [
        "|a|b|\n|---|---|\n|1|2|\n|3|4|\n",
        "|Title|Link|\n|---|---|\n|one|none|\n|two||\n",
        "|Title|Link|\n|1|[x](https://a.example/1)|\n|2|[y](https://a.example/2)|\n",
        "|Title|\n|---|\n||\n|null|\n",
        "```\n|Title|\n|---|\n|[x](https://a.example/1)|\n|[y](https://a.example/2)|\n```\n",
    ],
)
def test_a_table_without_titles_or_links_holds_no_items(table: str) -> None:
    assert reading_of(HEAD + table).verdict is Verdict.REJECT


def test_rows_shorter_and_longer_than_their_header() -> None:
    lines = ["|#|Title|Link|", "|-|-|-|", "|1|[a](https://a.example/1)|", "|2|b|[c](https://a.example/2)|more|", "|3|"]

    assert [(row.line, row.headline, row.author, row.body) for row in table_rows(lines)] == [
        (2, "[a](<https://a.example/1>)", None, ""),
        (3, "[b](<https://a.example/2>)", None, "more"),
    ]

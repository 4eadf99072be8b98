"""Headlines divided into title and author, in both of the publisher's styles and in doubtful cases."""

import pytest

from bot.core.digest.naming import Evidence, base_name, can_be_name, divide, resembles

AUTHORS = [
    "merve", "merve 等", "宝玉", "向阳乔木", "Emad", "Karen Hao", "Demis Hassabis 等",
    "Peter H. Diamandis, MD", "clem 🤗", "Yann LeCun", "X et al.", "@handle", "OpenAI Developers", "a16z",
    "Jean-Claude Van-Damme", "吴恩达（Andrew Ng）", "36氪", "François Chollet", "量子位", "机器之心",
    "Google DeepMind", "lmarena.ai (formerly lmsys.org)", "3Blue1Brown", "Fei-Fei Li", "Linus ✦ Ekenstam",
    "The Information", "AI at Meta", "Jürgen Schmidhuber", "Dr. Jane Goodall", "tobi lutke", "AK",
    "An Yang 等", "Ludwig van Beethoven", "歸藏(guizang.ai)", "数字生命卡兹克", "Chubby♨️", "Yahoo!", "Z.ai",
]  # fmt: skip


@pytest.mark.parametrize("author", AUTHORS)
@pytest.mark.parametrize("separator", [" - ", " – ", " — ", " － ", "  -  ", "-", "–", "—", "－"])
def test_an_author_is_found_behind_any_separator(author: str, separator: str) -> None:
    assert divide(f"新模型发布：更快的推理{separator}{author}") == ("新模型发布：更快的推理", author)


@pytest.mark.parametrize("author", AUTHORS)
def test_an_author_is_found_behind_an_english_title(author: str) -> None:
    title = "State-of-the-art models, 2017-2021: GPT-5 and MiniCPM-V 4.5"
    assert divide(f"{title} - {author}") == (title, author)


@pytest.mark.parametrize(
    "headline",
    [
        "GPT-5 发布", "MiniCPM-V 4.5 发布", "GPT-5", "发布MiniMax-M2 Pro", "发布Qwen-Image Edit", "state-of-the-art",
        "A-Level 考试", "2017-2021", "A new A-Level", "温度降到-5", "零售额下降 -5%", "Qwen3-Coder-480B-A35B-Instruct",
        "DeepSeek-V3.1-Base", "克里斯坦森式（Christensen-style）的颠覆", "AI的未来——从工具到伙伴", "GPT-Powered Search",
        "OpenAI DevDay - 全新API发布", "Python 3.14 - what's new", "播客 - 第12期", "Weekly - Part 2", "涨幅 - 2025年",
        "端-云协同", "英伟达-台积电合作", "如何使用 - 一份指南", "GPT‑5 Pro", "x−y", "“A - B”",
        "价格 - $25 billion in revenue",
        "标题：什么 - 为什么会这样？", "没有分隔符的标题",
    ],
)  # fmt: skip
@pytest.mark.parametrize("unspaced", [False, True])
def test_hyphens_that_part_nothing_leave_the_title_whole(headline: str, unspaced: bool) -> None:
    assert divide(headline, Evidence(style_unspaced=unspaced)) == (headline, None)


@pytest.mark.parametrize(
    ("headline", "title", "author"),
    [
        ("MiniCPM-V 4.5 发布：高效-merve", "MiniCPM-V 4.5 发布：高效", "merve"),
        ("DeepSeek-V3.1-Base 发布-AK", "DeepSeek-V3.1-Base 发布", "AK"),
        ("新版GPT-5-Sam Altman", "新版GPT-5", "Sam Altman"),
        ("新版GPT-5-宝玉", "新版GPT-5", "宝玉"),
        ("Claude Code-宝玉", "Claude Code", "宝玉"),
        ("关于 Gemini-Logan Kilpatrick", "关于 Gemini", "Logan Kilpatrick"),
        ("标题-Jean-Baptiste Kempf", "标题", "Jean-Baptiste Kempf"),
        ("标题-Kim Ha-neul", "标题", "Kim Ha-neul"),
        ("标题——Kim Ha-neul", "标题", "Kim Ha-neul"),
        ("AI进化 - AI进化论-花生", "AI进化", "AI进化论-花生"),
        ("Foo - Bar - Jane Doe", "Foo - Bar", "Jane Doe"),
        ("“A - B”谈话 - 宝玉", "“A - B”谈话", "宝玉"),
        ("[v2] 标题 [开源]-宝玉", "[v2] 标题 [开源]", "宝玉"),
        ("标题- 宝玉", "标题", "宝玉"),
        ("标题 -宝玉", "标题", "宝玉"),
        ("Llama - 开源的胜利：新模型-Emad", "Llama - 开源的胜利：新模型", "Emad"),
        ("标题 - 宝玉、小互", "标题", "宝玉、小互"),
    ],
)
def test_the_last_separator_before_a_name_divides(headline: str, title: str, author: str) -> None:
    assert divide(headline) == (title, author)


@pytest.mark.parametrize("headline", ["标题 - ", "标题 -", "标题-", "标题 — "])
def test_a_separator_that_nothing_follows_is_dropped(headline: str) -> None:
    assert divide(headline) == ("标题", None)


@pytest.mark.parametrize(
    ("headline", "known", "author"),
    [
        ("标题-karminski-牙医", "karminski-牙医", "karminski-牙医"),
        ("新模型GPT-5-Emad", "Emad", "Emad"),
        ("标题 - AI进化论-花生", "花生", "花生"),
        ("标题-state-of-the-art", "state-of-the-art 等", "state-of-the-art"),
        ("标题-AK-47 Fan", "AK-47 Fan", "AK-47 Fan"),
    ],
)
def test_a_name_known_for_the_account_decides(headline: str, known: str, author: str) -> None:
    assert divide(headline, Evidence(known=frozenset({base_name(known)})))[1] == author


@pytest.mark.parametrize(
    ("headline", "handle", "author"),
    [("发布 SmolVLM-merve", "mervenoyann", "merve"), ("Codex-OpenAI", "openai", "OpenAI"), ("Foo-Bar", "qux", None)],
)
def test_a_handle_that_looks_like_the_name_decides(headline: str, handle: str, author: str | None) -> None:
    assert divide(headline, Evidence(handle=handle))[1] == author


def test_a_digest_in_spaced_style_has_no_unspaced_authors() -> None:
    assert divide("人-机共生", Evidence(style_spaced=True)) == ("人-机共生", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "70%",
        "2025",
        "v2.1",
        "第三部分",
        "什么？",
        "a, b, c, d, e",
        "x" * 65,
        "2 minute read",
        "Mar 03, 2024",
        "May 7",
        "中文",
        "PDF",
        "a Turn-Based RPG",
        "GPT-6.1 Sol",
        "Model 5.5",
    ],
)
def test_what_can_be_no_name(text: str) -> None:
    assert not can_be_name(text)


@pytest.mark.parametrize(
    ("handle", "name", "expected"),
    [
        ("mervenoyann", "merve", True),
        ("_karenhao", "Karen Hao", True),
        ("demishassabis", "Demis Hassabis 等", True),
        ("clementdelangue", "clem 🤗", True),
        ("emostaque", "Emad", False),
        ("dotey", "宝玉", False),
        (None, "merve", False),
        ("_akhaliq", "AK", True),
    ],
)
def test_handles_that_resemble_names(handle: str | None, name: str, expected: bool) -> None:
    assert resembles(handle, name) is expected


@pytest.mark.parametrize(
    ("headline", "parts"),
    [
        ("新的模型发布-Jim Fan", ("新的模型发布", "Jim Fan")),
        ("新的模型发布-宝玉", ("新的模型发布", "宝玉")),
        ("AI 影响-@karpathy", ("AI 影响", "@karpathy")),
        ("Introducing GPT-Powered Search", ("Introducing GPT-Powered Search", None)),
    ],
)
def test_a_bare_hyphen_divides_among_spaced_headlines_unless_it_joins_latin_words(
    headline: str, parts: tuple[str, str | None]
) -> None:
    assert divide(headline, Evidence(style_spaced=True)) == parts

"""What is guessed when nothing is found: always something that finds, never much of it, whatever was typed."""

from datetime import UTC, date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.model import Digest, Item, Language, RichText
from bot.core.topics import TopicSet
from bot.services.reading import Reading, Unknown, UnknownKind
from bot.services.suggestions import MOST, Hint, HintKind, Situation, Suggestions
from bot.storage import Storage
from tests.conftest import slot

SITUATION = Situation(date(2026, 11, 22), UTC, Language.ZH_HANS)
KARPATHY = "https://x.com/karpathy/status/1"
ITEMS = (
    Item(1, "Gemini 的新护栏", "Andrej Karpathy", KARPATHY, RichText("开源机器人与护栏，仓库在此"), ("safety",)),
    Item(2, "机器人开源", "陈一诺", None, RichText("仓库里有 Gemini 的例子"), ("robotics", "open-source")),
    Item(3, "机器人进工厂", None, "https://x.com/nobody_k/status/3", RichText("没有别的"), ("robotics",)),
)


def put(storage: Storage, hour: int, *items: Item) -> None:
    when = slot(hour)
    made = Digest(when, "Digest", when, 4, ("AI Models", "行业动态"), items)
    with storage.writing() as tx:
        tx.digests.put(made, content_hash=str(hour), source="s", now=when)


@pytest.fixture
def reading(database: Storage, topics: TopicSet) -> Reading:
    put(database, 8, *ITEMS)
    return Reading(database, topics)


@pytest.fixture
def suggestions(database: Storage, reading: Reading) -> Suggestions:
    return Suggestions(database, reading)


def queries(hints: list[Hint]) -> list[str]:
    return [hint.text for hint in hints if hint.kind is HintKind.SEARCH]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("机器人 gemini 工厂", "机器人 gemini"),
        ("gemni 护栏", "gemini 护栏"),
        ("Karpaty", "karpathy"),
        ("护栏机器人", "护栏 机器人"),
        ('"gemini 机器人"', "gemini 机器人"),
        ("机器人 -机器人", "机器人"),
        ("护栏 since:2027-01-01", "护栏"),
    ],
)
def test_the_best_query_that_finds_something_comes_first(suggestions: Suggestions, words: str, first: str) -> None:
    assert queries(suggestions.instead(words, SITUATION))[0] == first


def test_the_word_whose_lack_brings_most_is_left_out(suggestions: Suggestions) -> None:
    assert queries(suggestions.instead("工厂 机器人 仓库", SITUATION))[0] == "机器人 仓库"


@pytest.mark.parametrize(
    ("unknown", "words", "better"),
    [
        (Unknown(UnknownKind.TOPIC, "机器仁"), "topic:机器仁 开源", "topic:机器人 开源"),
        (Unknown(UnknownKind.CATEGORY, "行业动向"), "开源 category:行业动向", "开源 category:行业动态"),
        (Unknown(UnknownKind.AUTHOR, "karpaty"), "by: karpaty 护栏", 'by:"Andrej Karpathy" 护栏'),
    ],
)
def test_an_unknown_name_is_replaced_by_a_near_one(
    suggestions: Suggestions, reading: Reading, unknown: Unknown, words: str, better: str
) -> None:
    assert reading.unknown(reading.parse(words, today=SITUATION.today)) == unknown
    assert queries(suggestions.instead(words, SITUATION, unknown=unknown))[0] == better


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("karpaty", "Andrej Karpathy"),
        ("陳一若", "陈一诺"),
        ("nobodyk", "@nobody_k"),
        ("andrej karpathi", "Andrej Karpathy"),
    ],
)
def test_near_authors_are_called_as_readers_see_them(suggestions: Suggestions, name: str, near: str) -> None:
    assert suggestions.authors(name)[0] == Hint(HintKind.AUTHOR, near)


@pytest.mark.parametrize("name", ["", "???", "zzzzzzzzzz"])
def test_nobody_is_near_to_nonsense(suggestions: Suggestions, name: str) -> None:
    assert suggestions.authors(name) == []


def test_near_subjects_are_topics_and_categories_apart(suggestions: Suggestions) -> None:
    found = suggestions.subjects("行业动向")
    assert Hint(HintKind.CATEGORY, "行业动态") in found
    assert Hint(HintKind.CATEGORY, "AI Models") not in suggestions.subjects("AI Model")
    assert suggestions.subjects("AI Model")[0] == Hint(HintKind.TOPIC, "models")
    assert len(found) <= MOST


def test_new_names_and_words_are_known_at_once(suggestions: Suggestions, database: Storage) -> None:
    assert suggestions.authors("Hopper") == []
    put(database, 12, Item(1, "Orangutan 的消息", "Grace Hopper", None, RichText("正文"), ()))
    assert suggestions.authors("Hoper") == [Hint(HintKind.AUTHOR, "Grace Hopper")]
    assert queries(suggestions.instead("orangutang", SITUATION)) == ["orangutan"]


WORDS = st.lists(
    st.sampled_from(["机器人", "护栏", "gemni", "topic:x", "-开源", '"', "since:7d", "author:陈", ":", "🤖"])
    | st.text(max_size=6),
    max_size=12,
).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS)
def test_every_query_offered_finds_something(suggestions: Suggestions, reading: Reading, words: str) -> None:
    unknown = reading.unknown(reading.parse(words, today=SITUATION.today))
    hints = suggestions.instead(words, SITUATION, unknown=unknown)
    parsed = [reading.parse(query, today=SITUATION.today) for query in queries(hints)]
    assert all(reading.count(query, most=1, zone=UTC) for query in parsed)
    assert len(hints) <= MOST

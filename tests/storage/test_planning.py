"""What the planner reads: terms, postings and the stream of readers."""

from collections.abc import Callable

from bot.core.matching import candidate_keys, matches, token_text
from bot.core.model import Place, Preferences, Rule, RuleAction, RuleKind, Subscriber, SubscriberState
from bot.core.selection import rule_key
from bot.core.tokens import index_tokens
from bot.storage import Storage, SubscriberLine
from tests.storage.conftest import NOW

Join = Callable[..., Subscriber]


def rule(kind: RuleKind, value: str, action: RuleAction = RuleAction.FOLLOW) -> Rule:
    return Rule(action, kind, value)


def keywords(storage: Storage, text: str) -> set[str]:
    """The keywords that truly occur in a text, found the planner's way."""
    with storage.reading() as tx:
        terms = tx.planning.keyword_terms(candidate_keys(index_tokens(text)))
    found = [term for term in terms if matches(token_text(text), term.query)]
    return {" ".join(token for word in term.query.must for token in word.tokens) for term in found}


def test_terms_are_found_by_value_and_kind(storage: Storage, join: Join) -> None:
    reader = join(1)
    with storage.writing() as tx:
        for wish in (
            rule(RuleKind.TOPIC, "models"),
            rule(RuleKind.CATEGORY, "AI Models"),
            rule(RuleKind.HOST, "x.com"),
        ):
            tx.subscribers.add_rule(reader.id, wish, now=NOW)
        category = rule_key(rule(RuleKind.CATEGORY, "ai models"))[1]
        assert set(tx.planning.terms(RuleKind.TOPIC, ["models", "coding"])) == {"models"}
        assert set(tx.planning.terms(RuleKind.CATEGORY, [category])) == {category}
        assert set(tx.planning.all_terms(RuleKind.HOST)) == {"x.com"}
        assert tx.planning.terms(RuleKind.TOPIC, []) == {}


def test_keywords_are_found_in_a_text_that_holds_them(storage: Storage, join: Join) -> None:
    reader = join(1)
    with storage.writing() as tx:
        for word in ("模型", "芯", "GPT-5", "Nano Banana", "具身智能", '"大 模型"', "模型 -谷歌", "absent"):
            tx.subscribers.add_rule(reader.id, rule(RuleKind.KEYWORD, word), now=NOW)
    assert keywords(storage, "谷歌的新芯片与 gpt5，nano banana") == {"芯", "gpt 5", "banana nano"}
    assert keywords(storage, "大模型") == {"模型"}
    assert keywords(storage, "") == set()


def test_a_keyword_without_a_word_never_matches(storage: Storage, join: Join) -> None:
    reader = join(1)
    with storage.writing() as tx:
        tx.subscribers.set_rules(reader.id, [rule(RuleKind.KEYWORD, "!!!"), rule(RuleKind.KEYWORD, "-a")], now=NOW)
        assert len(tx.subscribers.get(reader.id).rules) == 2
        assert tx.planning.keyword_terms({"", "!!!", "a", "\0"}) == []


def test_postings_name_everybody_with_the_rule(storage: Storage, join: Join) -> None:
    readers = [join(number) for number in range(1, 5)]
    follow = rule(RuleKind.TOPIC, "models")
    mute = rule(RuleKind.TOPIC, "models", RuleAction.MUTE)
    with storage.writing() as tx:
        for reader in readers[:3]:
            tx.subscribers.add_rule(reader.id, follow, now=NOW)
        tx.subscribers.add_rule(readers[3].id, mute, now=NOW)
        (term,) = tx.planning.terms(RuleKind.TOPIC, ["models"]).values()
        postings = list(tx.planning.postings([term]))
    assert postings == [
        *((term, RuleAction.FOLLOW, reader.id) for reader in readers[:3]),
        (term, RuleAction.MUTE, readers[3].id),
    ]


def test_only_active_readers_of_each_digest_stream(storage: Storage, join: Join) -> None:
    each, daily, paused, both = (join(number) for number in range(1, 5))
    with storage.writing() as tx:
        tx.subscribers.set_preferences(daily.id, Preferences(schedule=("daily 08:00",)), now=NOW)
        tx.subscribers.set_preferences(
            both.id, Preferences(schedule=("each", "weekly MON 09:00"), quiet="22:00-07:00", time_zone="UTC"), now=NOW
        )
        tx.subscribers.set_state(paused.id, SubscriberState.PAUSED, now=NOW)
        tx.subscribers.add_rule(each.id, rule(RuleKind.TOPIC, "models"), now=NOW)
        rows = list(tx.planning.stream_subscribers())
    assert rows == [
        (each.id, "folded", "en", "hans", 0, 0, 0, 1, "mark", 1, None, "hold", None),
        (both.id, "folded", "en", "hans", 0, 0, 0, 0, "mark", 1, "22:00-07:00", "hold", "UTC"),
    ]


def test_long_streams_come_whole_while_the_transaction_writes(storage: Storage) -> None:
    wish = (rule(RuleKind.TOPIC, "models"),)
    with storage.writing() as tx:
        for start in range(0, 21_000, 7_000):
            lines = [SubscriberLine(Place(number), rules=wish) for number in range(start + 1, start + 7_001)]
            tx.importer.upsert_many(lines, now=NOW)
        seen = 0
        for row in tx.planning.stream_subscribers():
            seen += 1
            if row[0] % 5_000 == 0:
                tx.meta.put("seen", str(seen))
        (term,) = tx.planning.terms(RuleKind.TOPIC, ["models"]).values()
        assert seen == 21_000
        assert sum(1 for _ in tx.planning.postings([term])) == 21_000

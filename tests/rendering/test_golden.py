"""Every view, in every language, against what was reviewed and kept in golden/. After a wanted change:
`UPDATE_GOLDEN=1 pytest tests/rendering/test_golden.py`, then read the difference.
"""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.actions import QueryRef, Search, ShowAuthor, ShowCategory, ShowTopic
from bot.core.model import ChatKind, Language, Rule, RuleAction, RuleKind, Style, SubscriberState
from bot.core.recap import CAPS, Caps, Recap, RecapSpan, make_recap, past_period, period_of
from bot.core.rules import RuleError, RuleProblem
from bot.i18n.languages import script_of
from bot.rendering.admin_view import AdminReport, admin_view
from bot.rendering.authors_view import AuthorRow, authors_view
from bot.rendering.chat_view import (
    ErrorKind,
    Toast,
    error_view,
    help_view,
    plain_text_view,
    start_view,
    subscribed_view,
    toast,
    unknown_command_view,
    unsubscribed_view,
)
from bot.rendering.commands import CommandScope, command_list
from bot.rendering.digest_view import latest_view, no_digest_view, push_view
from bot.rendering.inline_view import inline_result
from bot.rendering.items_view import (
    Hit,
    Page,
    Suggestion,
    items_view,
    nothing_found_view,
    search_usage_view,
    unknown_topic_view,
)
from bot.rendering.recap_view import nearest_view, recap_view, which_day_view
from bot.rendering.rule_buttons import RuleOffer
from bot.rendering.rules_view import rule_fault_view, rule_made_view, rules_full_view, rules_view
from bot.rendering.serialize import message_to_json
from bot.rendering.status_view import Status, status_view
from bot.rendering.topics_view import TopicRow, topics_view
from tests.rendering.choices import choices as all_choices
from tests.rendering.conftest import SLOT, emphasised, look_of, stored_digest
from tests.rendering.rules import faults

GOLDEN = Path(__file__).parent / "golden"
DIGEST = stored_digest()
HITS = tuple(Hit(item) for item in DIGEST.items)
SEARCH_HITS = (
    Hit(
        DIGEST.items[0],
        emphasised("能在普通**软件**里离线运行"),
        emphasised("小型**软件**“萤火”"),
        emphasised("林小雨"),
    ),
    *HITS[1:],
)
AUTHORS = [
    AuthorRow("林小雨", "lin_xiaoyu", 1234, ShowAuthor("林小雨")),
    AuthorRow("A name far too long for a button", None, 1, ShowAuthor("x")),
    AuthorRow("@bo", None, 1, ShowAuthor("@bo")),
]
ITEMS_OF_MODELS = tuple(replace(DIGEST.items[0], id=200 + n) for n in range(4))
NEAR = [Suggestion("模型", Search("模型")), Suggestion("A suggestion far too long for a button", Search("x"))]
TOPICS = [TopicRow("models", "模型", 1234, True), TopicRow("apps", "Products", 0, False)]
MANY_TOPICS = [TopicRow(f"topic-{n}", f"Image, audio and video {n}", n, n % 3 == 0) for n in range(40)]


def with_look(language, **changes):
    return look_of(language, script=script_of(language), **changes)


def group(language):
    return with_look(language, kind=ChatKind.SUPERGROUP, bot_username="paper_bot")


def pushes(language):
    for style in Style:
        look = with_look(language, style=style)
        yield f"push {style.value}", push_view(DIGEST, DIGEST.items, look)
    look = with_look(language)
    yield "push with hidden", push_view(DIGEST, DIGEST.items[1:2], look, hidden=3, silent=True)
    yield "push to a channel", push_view(DIGEST, DIGEST.items[:1], with_look(language, kind=ChatKind.CHANNEL), hidden=1)
    yield "latest", latest_view(DIGEST, DIGEST.items[3:], look, hidden=1)
    yield "latest, all hidden", latest_view(DIGEST, (), look, hidden=4)
    yield "latest, empty", latest_view(DIGEST, (), look)
    yield "no digest", no_digest_view(look)


def lists(language):
    look = with_look(language)
    yield "search", items_view(Search("软件"), Page(SEARCH_HITS, 1, 4), look, name="软件")
    yield "search, middle page", items_view(Search(QueryRef(5), 2), Page(HITS[:2], 2, 12), look, name="a b")
    yield "search, more", items_view(Search("x", 2), Page(HITS[:1], 2, 10, exact=False, more=True), look, name="x")
    yield "topic", items_view(ShowTopic("models"), Page(HITS[:1], 1, 1), look, name="模型", followed=False)
    yield "topic, followed", items_view(ShowTopic("models", 2), Page(HITS[:1], 2, 6), look, name="模型", followed=True)
    yield "category", items_view(ShowCategory("AI Models"), Page(HITS[:1], 1, 1), look, name="AI Models")
    yield "author", items_view(ShowAuthor("Bo"), Page(HITS[3:], 1, 1), look, name="Bo")
    offers = [RuleOffer(kind, "v", followed=kind is RuleKind.AUTHOR) for kind in RuleKind]
    for offer in offers:
        shown = Page(HITS[:1], 1, 1)
        yield f"offer {offer.kind.value}", items_view(Search("x"), shown, look, name="x", offer=offer, see_also=NEAR)
    yield "authors", authors_view(AUTHORS, look)
    yield "authors, second page", authors_view(AUTHORS[:1], look, page=2, more=True)
    yield "authors, none", authors_view([], look)
    for style in Style:
        found = inline_result(DIGEST.items[0], with_look(language, style=style), "能在普通软件里")
        yield f"shared {style.value}", found.message
    for action in (Search("y"), ShowTopic("models"), ShowCategory("y"), ShowAuthor("y")):
        yield f"nothing {type(action).__name__}", nothing_found_view(action, look, name="y")
    yield "nothing, near", nothing_found_view(Search("y"), look, name="y", suggestions=NEAR)
    yield "unknown topic", unknown_topic_view("y", group(language), suggestions=NEAR[:1])
    yield "search usage", search_usage_view(look)
    yield "topics", topics_view(TOPICS, look)
    yield "topics, none followed", topics_view(TOPICS[1:], look)
    yield "topics, none followed, group", topics_view(TOPICS[1:], group(language))
    yield "topics, second page", topics_view(MANY_TOPICS, look, page=2)


REPORT = AdminReport(
    digests=12,
    items=3456,
    active=1000,
    paused=2,
    blocked=3,
    last_slot=SLOT,
    backlog=7,
    oldest_pending=SLOT,
    held=True,
    parked=[(-1001234567890, SLOT + timedelta(hours=2))],
    failures=[("blocked", 3)],
    refused=["x.md:3: the front matter has no date"],
    errors=["11-22 08:00 UTC the source is away"],
)


def talk(language):
    for place, look in (("", with_look(language)), (" in a group", group(language))):
        yield "start" + place, start_view(look, subscribed=False, bot_name="Paper")
        yield "start, subscribed" + place, start_view(look, subscribed=True)
        yield "help" + place, help_view(look)
        yield "subscribed" + place, subscribed_view(look, already=False, topics=["模型", "Agents"])
        yield "subscribed already" + place, subscribed_view(look, already=True)
        yield "subscribed, timed" + place, subscribed_view(look, already=True, when="08:00")
        yield "start, timed" + place, start_view(look, subscribed=True, when="08:00")
        yield "unsubscribed" + place, unsubscribed_view(look, was_subscribed=True)
        yield "not subscribed" + place, unsubscribed_view(look, was_subscribed=False)
        yield "unknown command" + place, unknown_command_view(look, command="/lates", nearest="latest")
    yield "unknown command, nothing near", unknown_command_view(look, command="xyzzy", nearest=None)
    yield "plain text", plain_text_view(look, text="软件 模型", search=Search("软件 模型"))
    yield "plain text, useless", plain_text_view(look, text="?", search=None)
    for kind in ErrorKind:
        yield f"error {kind.value}", error_view(look, kind=kind, reference="A1B2")


def rules(look):
    made = [Rule(RuleAction.FOLLOW, kind, f"{kind.value}-1") for kind in RuleKind]
    made += [Rule(RuleAction.MUTE, RuleKind.KEYWORD, f"词{n}") for n in range(8)]
    carried = [(rule, rule.value) for rule in made]
    yield "rules", rules_view(carried[:6], look, topics={"topic-1": "模型"})
    yield "rules, second page", rules_view(carried, look, topics={}, page=2)
    yield "rules, none", rules_view([], look, topics={})
    yield "rules, full", rules_full_view(look, most=200)
    for action in RuleAction:
        yield f"rule {action.value}", rule_made_view("🔑 词", look, action=action, already=False, subscribed=True)
    yield "rule, again", rule_made_view("🔑 词", look, action=RuleAction.MUTE, already=True, subscribed=False)
    for problem in RuleProblem:
        yield f"rule {problem.value}", rule_fault_view(RuleError(problem, "x"), look, action=RuleAction.FOLLOW)


def state(language):
    yield from rules(with_look(language))
    look = with_look(language)
    yield "admin", admin_view(REPORT, look)
    later = SLOT + timedelta(hours=4)
    for subscription in (*SubscriberState, None):
        status = Status(subscription, SLOT, 4, later, 2, 12345, healthy=False)
        yield f"status {subscription}", status_view(status, look)
    yield "status, new", status_view(Status(None, None, 0, None, 0, 0), look)
    yield "status, no forecast", status_view(Status(None, datetime(2026, 1, 1, tzinfo=UTC), 1, None, 1, 1), look)


def choices(language):
    yield from all_choices(with_look(language, bot_username="paper_bot"), language)


def recaps(language):
    look, today, week = with_look(language), RecapSpan.TODAY, RecapSpan.WEEK
    now, names = period_of(today, SLOT, look.time_zone), {"models": "模型"}
    stories, topics = {104: 102, 102: 102}, ("models", "apps")
    whole = make_recap(DIGEST.items, stories, topics=topics, caps=CAPS[today])
    cut = make_recap(DIGEST.items[:1] + ITEMS_OF_MODELS, {}, topics=topics, caps=Caps(2, 2))
    yield "today", recap_view(whole, look, span=today, period=now, names=names)
    yield "today, hidden", recap_view(whole, look, span=today, period=now, names=names, hidden=2)
    yield (
        "today, past",
        recap_view(whole, look, span=today, period=past_period(today, SLOT, look.time_zone), names=names),
    )
    yield "today, all hidden", recap_view(Recap(), look, span=today, period=now, names={}, hidden=3)
    yield "today, empty", recap_view(Recap(), look, span=today, period=now, names={})
    yield (
        "week, cut",
        recap_view(cut, look, span=week, period=period_of(week, SLOT, look.time_zone), names=names, hidden=1),
    )
    yield "week, past", recap_view(whole, look, span=week, period=past_period(week, SLOT, look.time_zone), names=names)
    channel = with_look(language, kind=ChatKind.CHANNEL)
    yield "week to a channel", recap_view(cut, channel, span=week, period=now, names=names, hidden=1)
    day = SLOT.date()
    yield "no such day", nearest_view(day, [DIGEST, DIGEST], look)
    yield "no such hour", nearest_view(day, [DIGEST], look, hour=9)
    yield "no such hour, channel", nearest_view(day, [DIGEST], channel, hour=9)
    yield "more of the day", nearest_view(day, [DIGEST], look, more=True)
    yield "which day", which_day_view(group(language), text=" ", example=day)
    yield "no date", which_day_view(look, text="someday " * 30, example=day)


VIEWS = {"recaps": recaps, "pushes": pushes, "lists": lists, "talk": talk, "choices": choices, "state": state}


def rendered(family, language):
    return {name: made if isinstance(made, tuple) else (made,) for name, made in VIEWS[family](language)}


def compare(name, content):
    path = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert content == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("family", VIEWS)
def test_the_views_say_what_was_reviewed(family, language):
    views = rendered(family, language)
    content = {name: [message_to_json(message) for message in made] for name, made in views.items()}
    compare(f"{family}.{language.value}", content)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("family", VIEWS)
def test_the_views_are_valid_messages(family, language):
    wrong = {name: [faults(message) for message in made] for name, made in rendered(family, language).items()}
    assert {name: found for name, found in wrong.items() if any(found)} == {}


@pytest.mark.parametrize("language", Language)
def test_menus_and_toasts_say_what_was_reviewed(language):
    translator = look_of(language).translator
    menus = {scope.value: [list(pair) for pair in command_list(translator, scope)] for scope in CommandScope}
    compare(
        f"menus.{language.value}", {"menus": menus, "toasts": {kind.value: toast(translator, kind) for kind in Toast}}
    )

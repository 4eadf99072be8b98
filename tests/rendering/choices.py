"""Pages of the settings, of zones, of managed chats and of a forum's map, as `test_golden` keeps them."""

from bot.core.actions import QueryRef, SettingsSection, ShowChats, ZoneQuestion
from bot.core.model import (
    ChatKind,
    ManagedChat,
    Night,
    Place,
    Preferences,
    Repeats,
    Rule,
    RuleAction,
    RuleKind,
    Script,
    Style,
    Subscriber,
    SubscriberState,
)
from bot.rendering.chats_view import (
    Notice,
    back_view,
    chats_elsewhere,
    chats_view,
    notice_view,
    pick_view,
    picked_view,
    seen_from_elsewhere,
)
from bot.rendering.map_view import map_view, no_forum_view
from bot.rendering.settings_view import SettingsState, settings_usage, settings_view
from bot.rendering.zone_view import zone_question, zone_thanks, zone_unknown, zone_view
from tests.rendering.conftest import SLOT

CHANNEL = ManagedChat(-1001234567890, ChatKind.CHANNEL, "Paper & Co")
GROUP = ManagedChat(-1009876543210, ChatKind.SUPERGROUP, "A group with a name far too long for a button")
RICH = Preferences(
    style=Style.HEADLINES,
    script=Script.HANT,
    schedule=("daily 08:00", "daily 20:30", "weekly MON 08:00", "weekly SUN 08:00"),
    time_zone="America/St_Johns",
    quiet="22:00-07:00",
    rich=True,
    silent=True,
    night=Night.SILENT,
    min_items=3,
    per_message=5,
    link_preview=True,
    repeats=Repeats.HIDE,
)


def state_of(language, preferences=Preferences(), subscription=SubscriberState.ACTIVE):
    return SettingsState(language, preferences, subscription, SLOT)


def settings(look, language):
    for name, preferences in (("plain", Preferences()), ("rich", RICH)):
        for section in SettingsSection:
            page = settings_view(look, section=section, state=state_of(language, preferences))
            yield f"{section.value}, {name}", page
    for subscription in (SubscriberState.PAUSED, SubscriberState.BLOCKED, None):
        state = state_of(language, subscription=subscription)
        yield f"main, {subscription}", settings_view(look, section=SettingsSection.MAIN, state=state)
    yield "usage", settings_usage(look, "xyzzy")
    for page in (2, 3, 4):
        yield f"zones {page}", zone_view(look, now=SLOT, page=page, back=SettingsSection.WHEN)
    yield "zones, first", zone_view(look, now=SLOT, back=SettingsSection.QUIET, first=True)
    yield "zones, same", zone_view(look, now=SLOT, cities=("Asia/Tokyo", "Asia/Seoul"))
    for question in ZoneQuestion:
        yield f"question {question.value}", zone_question(look, question)
    yield "thanks", zone_thanks(look, now=SLOT)
    yield "zone unknown", zone_unknown(look, "xyzzy", (), now=SLOT)
    yield "zone unclear", zone_unknown(look, "CST", ("Asia/Shanghai", "America/Chicago"), now=SLOT)


def subscriber(thread_id, title, *rules):
    return Subscriber(
        1, Place(GROUP.chat_id, thread_id), ChatKind.SUPERGROUP, title, None, SubscriberState.ACTIVE, SLOT, rules=rules
    )


def places(look):
    yield "chats", chats_view(look, [CHANNEL, GROUP])
    yield "chats, none", chats_view(look, [])
    yield "chats, elsewhere", chats_elsewhere(look)
    for channel in (True, False):
        yield f"pick {channel}", pick_view(look, channel=channel)
    yield "picked", picked_view(look, CHANNEL)
    yield "picked, not theirs", picked_view(look, None)
    for notice in Notice:
        yield f"notice {notice.value}", notice_view(look, CHANNEL, notice)
    yield "back", back_view(look)
    follow = Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "models")
    mute = Rule(RuleAction.MUTE, RuleKind.KEYWORD, "x")
    known = [subscriber(None, "F"), subscriber(7, "F › Robots", follow, mute), subscriber(8, "F")]
    topics = {"models": "模型", "apps": "Products"}
    yield "map", map_view(look, known, topics=topics, offered=["apps"])
    yield "map, none", map_view(look, [], topics=topics, offered=["models", "apps"])
    yield "map, no forum", no_forum_view(look)


def elsewhere(look, language):
    for section in (SettingsSection.MAIN, SettingsSection.ZONE):
        page = settings_view(look, section=section, state=state_of(language, RICH))
        seen = seen_from_elsewhere(
            page,
            Place(CHANNEL.chat_id),
            CHANNEL.title,
            look=look,
            way_back=ShowChats(),
            refer=lambda _: QueryRef(1),
        )
        yield f"elsewhere {section.value}", seen


def choices(look, language):
    yield from settings(look, language)
    yield from places(look)
    yield from elsewhere(look, language)

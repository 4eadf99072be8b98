"""Schedules, quiet hours and roundups through the whole bot, under a clock that a test may put forward."""

import asyncio

import bot.app
import bot.bootstrap
from bot.core.model import Place, Preferences
from bot.emulator import Person
from tests.conftest import SHANGHAI, Entry, House, Running, stored, subscriber_of, until
from tests.endtoend.conftest import Clock, digests, labels

LAMP = Entry("灯塔换了新灯", "旧灯用了四十年。", "Mara Quill", "https://example.org/lamp")
WELL = Entry("村口的井修好了", "水又清了。", "陈一诺", "https://example.org/well")


async def wish(running: Running, person: Person, preferences: Preferences, clock: Clock) -> None:
    """Somebody subscribes and has these preferences from now on."""
    await person.ask("/subscribe")
    storage = running.core.storage
    with storage.writing() as tx:
        tx.subscribers.set_preferences(subscriber_of(storage, Place(person.id)).id, preferences, now=clock())
    running.app._scheduler.nudge()


def texts(house: House, person: Person) -> list[str]:
    return [message["text"] for message in house.emulator.messages(person)]


async def test_a_daily_digest_comes_at_its_time_in_one_message(
    clock: Clock, house: House, running: Running, ann: Person
) -> None:
    await wish(running, ann, Preferences(schedule=("daily 08:00",)), clock)
    house.desk.publish(clock().astimezone(SHANGHAI), [LAMP])
    await stored(running, 2)
    clock.set(6, 0, days=1)
    house.desk.publish(clock().astimezone(SHANGHAI), [WELL])
    await stored(running, 3)
    before = len(house.emulator.messages(ann))
    clock.set(8, 0, days=1)
    running.app._scheduler.nudge()
    await house.emulator.wait_for(lambda: len(house.emulator.messages(ann)) > before)
    message = house.emulator.messages(ann)[-1]
    assert message["text"].startswith("🌅 Your morning digest · ")
    assert "5 items from 3 digests" in message["text"]  # with what came before the reader did, within a day
    assert (LAMP.title in message["text"], WELL.title in message["text"]) == (True, True)
    assert labels(message) == ["📑 Items", "🏷 Topics", "⚙️ Settings"]


async def test_the_night_is_quiet_and_a_restart_loses_nothing(clock: Clock, house: House, ann: Person) -> None:
    async with house.running() as running:
        await stored(running, 1)
        await wish(running, ann, Preferences(quiet="23:00-07:00"), clock)
        house.desk.publish(clock().astimezone(SHANGHAI), [LAMP])
        await stored(running, 2)
        await until(lambda: _pending(running))
        assert not digests(house.emulator.messages(ann))
    clock.set(9, 30, days=1)
    async with house.running():
        await house.emulator.wait_for(lambda: LAMP.title in texts(house, ann)[-1])
    assert texts(house, ann)[-1].startswith("📬 Kept for you")
    assert sum(LAMP.title in text for text in texts(house, ann)) == 1


async def test_deliver_once_sends_what_a_schedule_owes(clock: Clock, house: House, ann: Person) -> None:
    async with house.running(roles=("updates", "ingest")) as running:
        await stored(running, 1)
        await wish(running, ann, Preferences(schedule=("daily 08:00",)), clock)
        house.desk.publish(clock().astimezone(SHANGHAI), [LAMP, WELL])
        await stored(running, 2)
    clock.set(8, 5, days=1)
    figures = await _deliver_once(house)
    assert figures == 1
    assert LAMP.title in texts(house, ann)[-1]


def _pending(running: Running) -> list[int]:
    with running.core.storage.reading() as tx:
        return list(tx.agendas.pending())


async def _deliver_once(house: House) -> int:
    settings = house.settings()
    assert settings.token is not None
    core = bot.bootstrap.build_core(settings)
    try:
        app = bot.app.App(core, token=settings.token.get_secret_value(), roles=("deliver",))
        return (await app.deliver_once(asyncio.Event())).sent
    finally:
        core.close()

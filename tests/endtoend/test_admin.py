"""The operator's command: figures, refused files, and the hold on pushes."""

import logging

import pytest

from bot.emulator import Emulator, Person
from tests.conftest import House, slot, stored, until
from tests.endtoend.conftest import digests, labels


@pytest.fixture
def house(house: House, ann: Person) -> House:
    """Ann is the operator."""
    house.flags["admins"] = str(ann.id)
    return house


async def test_an_operator_sees_figures_and_refused_files(house: House, ann: Person) -> None:
    house.desk.write("broken.md", "no front matter here")
    async with house.running() as app:
        await stored(app, 1)
        with app.core.storage.reading() as tx:
            assert tx.sources.count_quarantine() == 1
        answer = await ann.ask("/admin")
    assert "Digests: 1 with 3 items" in answer["text"]
    assert "broken.md:1:" in answer["text"]
    assert labels(answer) == ["🔄 Refresh", "⏸ Hold pushes"]


async def test_a_refused_file_that_is_taken_away_leaves_the_list(house: House, ann: Person) -> None:
    broken = house.desk.write("broken.md", "no front matter here")
    async with house.running() as app:
        await stored(app, 1)
        broken.unlink()

        def quarantined() -> int:
            with app.core.storage.reading() as tx:
                return tx.sources.count_quarantine()

        await until(lambda: not quarantined())
        assert "Refused files" not in (await ann.ask("/admin"))["text"]


async def test_nobody_else_learns_that_the_command_exists(house: House, ming: Person) -> None:
    async with house.running() as app:
        await stored(app, 1)
        answer = await ming.ask("/admin")
        assert "/admin" in answer["text"]
        assert "订阅：" not in answer["text"]
        toast = await ming.press_data(answer, "1:hold:1")
        assert toast["text"] is not None
        with app.core.storage.reading() as tx:
            assert tx.meta.find("delivery_held") is None


async def test_pushes_wait_while_they_are_held_and_go_out_when_released(
    house: House, emulator: Emulator, ann: Person, ming: Person
) -> None:
    async with house.running() as app:
        await stored(app, 1)
        await ming.ask("/subscribe")
        desk = await ann.ask("/admin")
        await ann.press(desk, "1:hold:1")
        await emulator.wait_for(lambda: "Pushes are on hold" in emulator.texts(ann)[-1])
        house.desk.publish(slot(12))
        await stored(app, 2)
        await until(lambda: app.core.reading.state().digests == 2)
        assert (await ming.ask("/status"))["text"]
        assert digests(emulator.sent(ming)) == []
        await ann.press(desk, "1:hold:0")
        await emulator.wait_for(lambda: len(digests(emulator.sent(ming))) == 1)


async def test_the_hold_survives_a_restart(house: House, ann: Person) -> None:
    async with house.running():
        await ann.press(await ann.ask("/admin"), "1:hold:1")
    async with house.running():
        assert "Pushes are on hold" in (await ann.ask("/admin"))["text"]


async def test_the_last_errors_are_shown_without_the_token(house: House, ann: Person) -> None:
    async with house.running():
        logging.getLogger("bot.test").error("something broke at /bot%s/sendMessage", house.emulator.token)
        text = (await ann.ask("/admin"))["text"]
    assert "something broke" in text
    assert house.emulator.token not in text


async def test_chats_that_wait_over_an_hour_are_listed(
    house: House, emulator: Emulator, ann: Person, ming: Person
) -> None:
    async with house.running() as app:
        await stored(app, 1)
        await ming.ask("/subscribe")
        emulator.fail_next("sendMessage", error="flood:7200", chat_id=ming.id)
        house.desk.publish(slot(12))
        await until(app.app._calls.turns.parked_long)  # a refused call announces itself nowhere else
        assert f"{ming.id}, until" in (await ann.ask("/admin"))["text"]

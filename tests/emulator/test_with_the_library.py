"""python-telegram-bot itself at the other end: it must find a Telegram here."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

os.environ.setdefault("PTB_TIMEDELTA", "1")  # read when the library is imported; its old form warns

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity, ReplyParameters, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter

from bot.emulator import Chat, Emulator, Person


@pytest.fixture
async def bot(emulator: Emulator) -> AsyncIterator[Bot]:
    async with Bot(emulator.token, base_url=f"{emulator.url}/bot", base_file_url=f"{emulator.url}/file/bot") as made:
        yield made


async def test_a_conversation(bot: Bot, emulator: Emulator, reader: Person) -> None:
    reader.start("sub")
    [update] = await bot.get_updates(allowed_updates=Update.ALL_TYPES)
    assert update.message is not None
    assert update.message.text == "/start sub"
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Follow", callback_data="f")]])
    sent = await bot.send_message(
        reader.id,
        "文字 link",
        entities=[MessageEntity("text_link", 3, 4, url="https://a.org/")],
        reply_markup=keyboard,
        reply_parameters=ReplyParameters(update.message.message_id),
        disable_notification=True,
    )
    assert sent.entities[0].url == "https://a.org/"
    press = asyncio.create_task(reader.press(emulator.messages(reader)[-1], "Follow"))
    [update] = await bot.get_updates(offset=update.update_id + 1, timeout=timedelta(seconds=5))
    assert update.callback_query is not None
    await update.callback_query.answer("done")
    await update.callback_query.edit_message_text("<b>new</b>", parse_mode="HTML")
    assert (await press)["text"] == "done"
    assert emulator.texts(reader) == ["new"]
    assert emulator.violations == []


async def test_errors_have_the_right_class(bot: Bot, emulator: Emulator, reader: Person, group: Chat) -> None:
    stranger = emulator.add_user()
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(stranger.id, "x")
    with pytest.raises(BadRequest, match="nsupported start tag"):
        await bot.send_message(reader.id, "<br>", parse_mode="HTML")
    emulator.fail_next(error="flood:3")
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(reader.id, "x")
    assert flood.value.retry_after == timedelta(seconds=3)
    emulator.fail_next(error="bad_gateway")
    with pytest.raises(NetworkError):
        await bot.send_message(reader.id, "x")
    new = emulator.migrate(group)
    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(group.id, "x")
    assert migrated.value.new_chat_id == new.id
    stranger_bot = Bot("1:wrongtoken", base_url=f"{emulator.url}/bot")
    with pytest.raises(InvalidToken):
        await stranger_bot.initialize()
    await stranger_bot._request[1].shutdown()  # a bot that never came up cannot be shut down whole
    await stranger_bot._request[0].shutdown()


async def test_pictures_and_lists(bot: Bot, emulator: Emulator, reader: Person, forum: Chat) -> None:
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10rest"
    sent = await bot.send_photo(reader.id, png, caption="c")
    file = await bot.get_file(sent.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == png
    emulator.promote(forum)
    assert len(await bot.get_chat_administrators(forum.id)) == 2
    assert (await bot.get_chat(forum.id)).is_forum
    assert (await bot.get_chat_member(forum.id, reader.id)).status == "creator"
    await bot.set_my_commands([("latest", "newest")], language_code="en")
    assert (await bot.get_my_commands(language_code="en"))[0].command == "latest"
    assert emulator.violations == []

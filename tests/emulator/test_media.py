"""Pictures and files."""

import io
import struct
from typing import Any

import aiohttp
import pytest

from bot.emulator import Emulator, Person
from tests.emulator.conftest import Api


def png(width: int = 40, height: int = 30) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + b"rest"


async def upload(api: Api, method: str, files: dict[str, tuple[str, bytes]], **params: Any) -> tuple[int, Any]:
    form = aiohttp.FormData()
    for name, value in params.items():
        form.add_field(name, str(value))
    for name, (file_name, content) in files.items():
        form.add_field(name, io.BytesIO(content), filename=file_name)
    url = f"{api.emulator.url}/bot{api.emulator.token}/{method}"
    async with api.session.post(url, data=form) as response:
        body = await response.json()
        return response.status, body.get("result", body.get("description"))


async def test_a_picture_is_stored_shown_and_used_again(api: Api, reader: Person) -> None:
    files = {"photo": ("t.png", png())}
    _, sent = await upload(api, "sendPhoto", files, chat_id=reader.id, caption="<b>T</b>", parse_mode="HTML")
    size = sent["photo"][0]
    assert (size["width"], size["height"], sent["caption"]) == (40, 30, "T")
    assert sent["caption_entities"][0]["type"] == "bold"
    again = await api("sendPhoto", chat_id=reader.id, photo=size["file_id"])
    assert again.result["photo"][0]["file_id"] == size["file_id"]
    edited = await api("editMessageCaption", chat_id=reader.id, message_id=sent["message_id"], caption="new")
    assert edited.result["caption"] == "new"
    copied = await api("copyMessage", chat_id=reader.id, from_chat_id=reader.id, message_id=1, caption="other")
    assert copied.result == {"message_id": 3}


async def test_a_document_can_be_downloaded(api: Api, emulator: Emulator, reader: Person) -> None:
    _, sent = await upload(api, "sendDocument", {"document": ("me.json", b"{}")}, chat_id=reader.id)
    assert (sent["document"]["file_name"], sent["document"]["file_size"]) == ("me.json", 2)
    found = await api("getFile", file_id=sent["document"]["file_id"])
    url = f"{emulator.url}/file/bot{emulator.token}/{found.result['file_path']}"
    async with api.session.get(url) as response:
        assert await response.read() == b"{}"


@pytest.mark.parametrize(
    ("files", "params", "reason"),
    [
        ({}, {}, "there is no photo in the request"),
        ({}, {"photo": "nonsense"}, "wrong remote file identifier specified"),
        ({}, {"photo": "https://a.org/x.png"}, "failed to get HTTP URL content"),
        ({}, {"photo": "attach://x"}, "attached file not found"),
        ({"photo": ("x.png", b"")}, {}, "file must be non-empty"),
        ({"photo": ("x.png", b"text")}, {}, "IMAGE_PROCESS_FAILED"),
        ({"photo": ("x.png", png(30, 9000))}, {}, "PHOTO_INVALID_DIMENSIONS"),
        ({"photo": ("x.png", png() + b"x" * 10_500_000)}, {}, "file is too big for a photo"),
        ({"photo": ("x.png", png())}, {"caption": "x" * 1025}, "message caption is too long"),
    ],
)
async def test_pictures_that_are_refused(
    api: Api, reader: Person, files: dict[str, tuple[str, bytes]], params: dict[str, Any], reason: str
) -> None:
    status, description = await upload(api, "sendPhoto", files, chat_id=reader.id, **params)
    assert status == 400
    assert reason in description


async def test_a_picture_can_be_replaced(api: Api, reader: Person) -> None:
    _, sent = await upload(api, "sendPhoto", {"photo": ("a.jpg", b"\xff\xd8\xffdata")}, chat_id=reader.id)
    media = '{"type": "photo", "media": "attach://new", "caption": "c"}'
    _, edited = await upload(
        api,
        "editMessageMedia",
        {"new": ("b.png", png())},
        chat_id=reader.id,
        message_id=sent["message_id"],
        media=media,
    )
    assert (edited["photo"][0]["width"], edited["caption"]) == (40, "c")
    wrong = await api("editMessageMedia", chat_id=reader.id, message_id=1, media='{"type": "hologram"}')
    assert wrong.error == "Bad Request: can't parse InputMedia: type must be specified"
    wrong = await api("editMessageMedia", chat_id=reader.id, message_id=1, media='"x"')
    assert wrong.error == "Bad Request: can't parse InputMedia: expected an Object"


async def test_files_that_are_not_there(api: Api) -> None:
    assert (await api("getFile")).error == "Bad Request: file_id not specified"
    assert (await api("getFile", file_id="x")).error == "Bad Request: invalid file_id"

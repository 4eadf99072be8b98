"""HTTP: paths, verbs, bodies, tokens; the shape of answers; mistakes the real server swallows."""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from bot.emulator import DEFAULT_TOKEN, Emulator, Person
from tests.emulator.conftest import Api


async def get(session: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, object]]:
    async with session.get(url) as response:
        return response.status, await response.json()


@pytest.mark.parametrize("method", ["getMe", "GETME", "getme"])
async def test_method_names_ignore_case(api: Api, method: str) -> None:
    me = (await api(method)).result
    assert (me["is_bot"], me["username"], me["can_read_all_group_messages"]) == (True, "digest_demo_bot", False)


async def test_the_test_environment_path_works_too(api: Api) -> None:
    assert (await api("test/getMe")).result["is_bot"]


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/bot1:wrongtoken/getMe", 401, "Unauthorized"),
        ("/botnonsense/getMe", 404, "Not Found"),
        (f"/bot{DEFAULT_TOKEN}/noSuchMethod", 404, "Not Found"),
        (f"/bot{DEFAULT_TOKEN}/", 404, "Not Found"),
        ("/file/bot1:wrongtoken/x", 401, "Unauthorized"),
        (f"/file/bot{DEFAULT_TOKEN}/files/none", 404, "Not Found"),
    ],
)
async def test_wrong_paths(
    session: aiohttp.ClientSession, emulator: Emulator, path: str, status: int, description: str
) -> None:
    assert await get(session, emulator.url + path) == (
        status,
        {"ok": False, "error_code": status, "description": description},
    )


async def test_other_verbs_are_not_found(session: aiohttp.ClientSession, emulator: Emulator) -> None:
    async with session.put(f"{emulator.url}/bot{emulator.token}/getMe") as response:
        assert response.status == 404


TEXT = "a+b & 中文 100%"


def as_multipart(params: dict[str, str]) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    for name, value in params.items():
        part = writer.append(value)
        part.set_content_disposition("form-data", name=name)
    return writer


@pytest.mark.parametrize(
    ("verb", "carrier", "encode"),
    [
        ("GET", "params", dict),
        ("POST", "params", dict),
        ("POST", "data", dict),
        ("POST", "json", dict),
        ("POST", "data", as_multipart),
    ],
)
async def test_every_kind_of_request_carries_the_same_parameters(
    session: aiohttp.ClientSession,
    emulator: Emulator,
    reader: Person,
    verb: str,
    carrier: str,
    encode: Callable[[dict[str, str]], Any],
) -> None:
    url = f"{emulator.url}/bot{emulator.token}/sendMessage"
    body = encode({"chat_id": str(reader.id), "text": TEXT})
    async with session.request(verb, url, **{carrier: body}) as response:
        assert response.status == 200
    assert emulator.texts(reader) == [TEXT]


async def test_long_form_values_are_decoded_the_same_when_repeated(
    session: aiohttp.ClientSession, emulator: Emulator, reader: Person
) -> None:
    url = f"{emulator.url}/bot{emulator.token}/sendMessage"
    form = {"chat_id": reader.id, "text": "长文本 with spaces & signs=%" * 40}
    answers = [await session.post(url, data=form) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert emulator.texts(reader) == [form["text"]] * 2


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"{", "application/json", "can't parse JSON object"),
        (b"[]", "application/json", "expected an Object"),
        (b"chat_id=1&text=%ff", "application/x-www-form-urlencoded", "strings must be encoded in UTF-8"),
        (b"", "application/json", "message text is empty"),
        (b"text=x", "text/plain", "message text is empty"),
        (b"x", "multipart/form-data; boundary=y", "can't parse multipart body"),
    ],
)
async def test_unreadable_bodies(
    session: aiohttp.ClientSession, emulator: Emulator, body: bytes, kind: str, reason: str
) -> None:
    url = f"{emulator.url}/bot{emulator.token}/sendMessage"
    async with session.post(url, data=body, headers={"Content-Type": kind}) as response:
        assert (response.status, reason in (await response.json())["description"]) == (400, True)


async def test_json_numbers_and_truth_values_are_understood(api: Api, reader: Person) -> None:
    sent = await api("sendMessage", chat_id=reader.id, text="x", protect_content=True, disable_notification=None)
    assert sent.result["has_protected_content"] is True


async def test_unknown_parameters_are_answered_but_noted(api: Api, emulator: Emulator, reader: Person) -> None:
    assert (await api("sendMessage", chat_id=reader.id, text="x", parsemode="HTML")).status == 200
    assert emulator.violations == ["sendMessage: unknown parameters parsemode"]


async def test_a_lenient_emulator_notes_nothing() -> None:
    async with Emulator(strict=False) as lenient, aiohttp.ClientSession() as session:
        assert (await Api(session, lenient)("getMe", nonsense=1)).status == 200
        assert lenient.violations == []


async def test_dropped_entities_are_noted(api: Api, emulator: Emulator, reader: Person) -> None:
    entities = [{"type": "code", "offset": 2 * at, "length": 1} for at in range(101)]
    sent = await api("sendMessage", chat_id=reader.id, text="ab" * 101, entities=entities)
    assert len(sent.result["entities"]) == 100
    assert emulator.violations == ["sendMessage: 1 entities over the limit of 100 were dropped"]


async def test_several_bots_live_in_one_world(api: Api, emulator: Emulator, reader: Person) -> None:
    second = emulator.add_bot("555:SECOND", "second_bot")
    async with api.session.get(f"{emulator.url}/bot555:SECOND/getMe") as response:
        assert (await response.json())["result"]["id"] == second.id
    async with api.session.get(
        f"{emulator.url}/bot555:SECOND/sendMessage", params={"chat_id": reader.id, "text": "x"}
    ) as response:
        assert response.status == 403


async def test_a_taken_port_is_an_error(emulator: Emulator) -> None:
    port = int(emulator.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="address"):
        await Emulator().start(port=port)

"""Pictures and files: upload, reuse by file id, captions, download."""

import struct
from collections.abc import Iterable
from typing import Any

from bot.emulator.call import Call
from bot.emulator.decoding import Upload
from bot.emulator.errors import bad_request
from bot.emulator.methods.editing import change, target
from bot.emulator.methods.method import Method, method
from bot.emulator.methods.sending import COMMON, deliver, formatted, text_fields
from bot.emulator.model import Message

_MAX_PHOTO = 10 * 1024 * 1024
_MAX_FILE = 50 * 1024 * 1024
_MAX_DOWNLOAD = 20 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_CAPTION = ("caption", "parse_mode", "caption_entities", "show_caption_above_media")


def _upload(call: Call, name: str, kind: str) -> tuple[str, Upload]:
    """File id and content of a parameter: an upload, `attach://…`, or the id of an earlier upload."""
    if name in call.files:
        return _keep(call, call.files[name], kind)
    reference = call.string(name)
    if reference.startswith("attach://"):
        attached = call.files.get(reference.removeprefix("attach://"))
        if attached is None:
            raise bad_request("can't parse InputMedia: attached file not found")
        return _keep(call, attached, kind)
    known = call.emulator.world.files.get(reference)
    if known is not None:
        return reference, known
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    if reference:
        raise bad_request("wrong remote file identifier specified: Wrong string length")
    raise bad_request(f"there is no {kind} in the request")


def _keep(call: Call, upload: Upload, kind: str) -> tuple[str, Upload]:
    if not upload[1]:
        raise bad_request("file must be non-empty")
    if len(upload[1]) > (_MAX_PHOTO if kind == "photo" else _MAX_FILE):
        raise bad_request(f"file is too big for a {kind}")
    world = call.emulator.world
    file_id = f"{kind}-{len(world.files) + 1}-{world.rng.getrandbits(64):016x}"
    world.files[file_id] = upload
    return file_id, upload


def _photo(call: Call, name: str = "photo") -> dict[str, Any]:
    file_id, (_, content) = _upload(call, name, "photo")
    width, height = _size(content)
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    size = {"file_id": file_id, "file_unique_id": file_id[-16:], "width": width, "height": height}
    return {"photo": [{**size, "file_size": len(content)}]}


def _size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG; other pictures are taken as they are."""
    if content.startswith(_PNG) and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return int(width), int(height)
    if content.startswith((b"\xff\xd8\xff", b"RIFF", b"GIF8")):
        return 800, 600
    raise bad_request("IMAGE_PROCESS_FAILED")


def _document(call: Call, name: str = "document") -> dict[str, Any]:
    file_id, (file_name, content) = _upload(call, name, "document")
    common = {"file_id": file_id, "file_unique_id": file_id[-16:], "file_size": len(content)}
    return {"document": {**common, "file_name": file_name}}


def _caption(call: Call) -> dict[str, Any]:
    result = formatted(call, "caption", "caption_entities", caption=True)
    return text_fields(result, call, "caption", "caption_entities")


def send_photo(call: Call) -> Message:
    caption = _caption(call)
    chat = call.find_chat()
    return deliver(call, chat, {**_photo(call), **caption}, what="photos", right="can_send_photos")


def send_document(call: Call) -> Message:
    caption = _caption(call)
    chat = call.find_chat()
    return deliver(call, chat, {**_document(call), **caption}, what="documents", right="can_send_documents")


def edit_message_media(call: Call) -> Message:
    media = call.json("media", "can't parse InputMedia JSON object")
    if not isinstance(media, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    chat, message = target(call)
    inner = Call(call.emulator, call.bot, call.method, {**media, "chat_id": chat.id}, files=call.files)
    readers = {"photo": _photo, "document": _document}
    reader = readers.get(media.get("type", ""))
    if reader is None:
        raise bad_request("can't parse InputMedia: type must be specified")
    content = {**reader(inner, "media"), **_caption(inner)}
    call.text = inner.text
    gone = ("photo", "document", "caption", "caption_entities", "text", "entities")
    return change(call, chat, message, content, gone=gone)


def get_file(call: Call) -> dict[str, Any]:
    file_id = call.string("file_id")
    known = call.emulator.world.files.get(file_id)
    if known is None:
        raise bad_request("invalid file_id" if file_id else "file_id not specified")
    if len(known[1]) > _MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": file_id,
        "file_unique_id": file_id[-16:],
        "file_size": len(known[1]),
        "file_path": f"files/{file_id}",
    }


def methods() -> Iterable[Method]:
    yield method("sendPhoto", send_photo, "photo", "has_spoiler", *_CAPTION, also=COMMON)
    document = ("document", "thumbnail", "disable_content_type_detection")
    yield method("sendDocument", send_document, *document, *_CAPTION, also=COMMON)
    edits = ("business_connection_id", "chat_id", "message_id", "inline_message_id", "media", "reply_markup")
    yield method("editMessageMedia", edit_message_media, *edits)
    yield method("getFile", get_file, "file_id")

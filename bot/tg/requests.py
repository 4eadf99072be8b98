"""Keyboards in place of the reader's own, as the Bot API writes them: for what inline buttons cannot ask."""

from typing import Any, Final

from bot.rendering.message import Asking, Request

REQUEST_ID: Final = {Asking.CHANNEL: 1, Asking.GROUP: 2}  # comes back with the chat that was chosen
_NO_RIGHTS: Final = dict.fromkeys(
    (
        "is_anonymous", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
        "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
    ),
    False,
)  # fmt: skip
_ANY_ADMINISTRATOR: Final = {**_NO_RIGHTS, "can_manage_chat": True}


def request_markup(request: Request) -> dict[str, Any]:
    """`reply_markup` of a request."""
    if request.asking is Asking.NOTHING:
        return {"remove_keyboard": True}
    if request.asking is Asking.CITY:
        return {"force_reply": True, "input_field_placeholder": request.label}
    button: dict[str, Any] = {"text": request.label}
    if request.asking is Asking.LOCATION:
        button["request_location"] = True
    else:
        button["request_chat"] = {
            "request_id": REQUEST_ID[request.asking],
            "chat_is_channel": request.asking is Asking.CHANNEL,
            "bot_is_member": True,
            "user_administrator_rights": _ANY_ADMINISTRATOR,
            "request_title": True,
        }
    return {"keyboard": [[button]], "resize_keyboard": True, "one_time_keyboard": True}

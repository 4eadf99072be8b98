"""The people, bots and chats of the emulated world, as plain mutable records."""

from dataclasses import dataclass, field
from typing import Any

ANONYMOUS_ADMIN = 1087968824  # Telegram's own ids: GroupAnonymousBot
SERVICE_ACCOUNT = 777000
ADMIN_STATUSES = frozenset({"creator", "administrator"})
PRESENT_STATUSES = frozenset({"creator", "administrator", "member", "restricted"})

Message = dict[str, Any]


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot; `json` is its public User object, shared by every message, so replaced, never changed."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    is_bot: bool = False
    deactivated: bool = False
    json: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if getattr(self, name):
                self.json[name] = getattr(self, name)


@dataclass(slots=True)
class Member:
    """One account's place in a chat; `rights` are the Bot API's can_… fields that differ from what the status gives."""

    status: str
    rights: dict[str, bool] = field(default_factory=dict)
    is_anonymous: bool = False

    @property
    def present(self) -> bool:
        return self.status in PRESENT_STATUSES

    @property
    def is_admin(self) -> bool:
        return self.status in ADMIN_STATUSES


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is the message id of the service message that opened it."""

    id: int
    name: str
    closed: bool = False


@dataclass(slots=True, eq=False)
class Chat:
    """A chat; in a private one `user` is the person and `bot_id` the bot at the other end."""

    id: int
    type: str
    title: str = ""
    username: str = ""
    is_forum: bool = False
    user: User | None = None
    bot_id: int = 0
    started: bool = False
    blocked: bool = False
    deleted: bool = False
    migrated_to: int | None = None
    muted: bool = False  # members may not write
    last_bot: int | None = None
    next_id: int = 1
    pinned: int | None = None
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    json: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Make the public Chat object anew after a change."""
        self.json = {"id": self.id, "type": self.type}
        names = ("title", "username") if self.user is None else ()
        for name in names:
            if getattr(self, name):
                self.json[name] = getattr(self, name)
        if self.user is not None:
            public = self.user.json
            self.json |= {key: public[key] for key in ("first_name", "last_name", "username") if key in public}
        if self.is_forum:
            self.json["is_forum"] = True

    def member(self, user_id: int) -> Member:
        """Where that account stands; never there is `left`."""
        return self.members.get(user_id) or Member("left")

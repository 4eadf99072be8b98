"""One bot as Telegram knows it: token, inbox, texts, commands, webhook, open queries."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from bot.emulator.inbox import Inbox
from bot.emulator.model import User

Scope = tuple[str, int, int]  # kind, chat id, user id


@dataclass(slots=True)
class Webhook:
    """Where updates are posted to, and how it goes."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_date: int = 0


@dataclass(slots=True)
class OpenQuery:
    """A callback or inline query that waits for its answer."""

    asked: float
    answer: "asyncio.Future[dict[str, Any]]"
    chat_id: int | None = None
    answered: bool = False


@dataclass(slots=True, eq=False)
class BotAccount:
    """A bot with its token."""

    token: str
    user: User
    inbox: Inbox
    privacy: bool = True
    inline: bool = True
    closed: bool = False
    webhook: Webhook = field(default_factory=Webhook)
    commands: dict[tuple[Scope, str], list[dict[str, str]]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)  # (name|description|short_description, language)
    menu_buttons: dict[int, dict[str, Any]] = field(default_factory=dict)
    queries: dict[str, OpenQuery] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.user.id

    def me(self) -> dict[str, Any]:
        """getMe's answer."""
        return {
            **self.user.json,
            "can_join_groups": True,
            "can_read_all_group_messages": not self.privacy,
            "supports_inline_queries": self.inline,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": False,
            "allows_users_to_create_topics": False,
        }

"""The command menus: one for each kind of chat and language. Written only where they differ from what is set."""

import logging

from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeChat
from telegram import BotCommandScopeAllChatAdministrators as Administrators
from telegram import BotCommandScopeAllGroupChats as Groups
from telegram import BotCommandScopeAllPrivateChats as PrivateChats
from telegram.error import TelegramError

from bot.core.model import Language
from bot.i18n import Catalogue
from bot.rendering.commands import CommandScope, command_list

_LOG = logging.getLogger(__name__)


class Menu:
    """Sets command menus. Telegram tells languages apart by two letters, so `zh` is one of our two Chinese ones, by
    the operator's choice; a reader who chose the other gets a menu of their own."""

    def __init__(self, bot: Bot, catalogue: Catalogue, *, language: Language) -> None:
        self._bot = bot
        self._catalogue = catalogue
        chinese = language if language is not Language.EN else Language.ZH_HANS
        self._languages = {None: language, "zh": chinese, "en": Language.EN}

    async def set_all(self) -> None:
        """Every menu, as far as the server lets us: a menu is a convenience, its lack stops nothing."""
        scopes = {
            CommandScope.PRIVATE: PrivateChats(),
            CommandScope.GROUP: Groups(),
            CommandScope.GROUP_ADMINS: Administrators(),
        }
        for kind, scope in scopes.items():
            for code, language in self._languages.items():
                await self._set(scope, kind, language=language, code=code)

    async def set_for_chat(self, chat_id: int, language: Language) -> None:
        """The menu of one private chat, in the language its reader chose."""
        await self._set(BotCommandScopeChat(chat_id), CommandScope.PRIVATE, language=language, code=None)

    async def _set(self, scope: BotCommandScope, kind: CommandScope, *, language: Language, code: str | None) -> None:
        wanted = command_list(self._catalogue.translator(language), kind)
        try:
            present = await self._bot.get_my_commands(scope=scope, language_code=code)
            if tuple((command.command, command.description) for command in present) != wanted:
                await self._bot.set_my_commands([BotCommand(*pair) for pair in wanted], scope=scope, language_code=code)
        except TelegramError as error:
            _LOG.warning("the command menu %s/%s was not set: %s", kind.value, code or "any language", error)

"""How messages must look to one reader: language, zone, style and script in one value that every view takes. Apart
from Preferences, which also say when to send."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.core.model import ChatKind, RichText, Script, Style
from bot.i18n import Translator
from bot.rendering.script import ScriptConverter


@dataclass(frozen=True, slots=True)
class Look:
    """Language, zone and taste of a reader. `converter` None leaves the content's script alone; `kind` and
    `bot_username` decide how commands are written (`/latest@name` in groups, where bare commands may not arrive);
    `seen` are the items whose story this chat was sent before: one line each says so. `per_message`: items in one
    message, 0 for as many as fit; `link_preview`: the first item's link is previewed; `rich_messages`: digests are sent
    as rich messages where the server knows them."""

    translator: Translator
    time_zone: ZoneInfo
    style: Style = Style.FOLDED
    script: Script = Script.HANS
    converter: ScriptConverter | None = None
    kind: ChatKind = ChatKind.PRIVATE
    bot_username: str = ""
    seen: frozenset[int] = frozenset()
    per_message: int = 0
    link_preview: bool = False
    rich_messages: bool = False

    @property
    def shared(self) -> bool:
        """Whether several people read this chat."""
        return self.kind.shared

    def command(self, name: str) -> str:
        """A command as it must be typed here."""
        return f"/{name}@{self.bot_username}" if self.shared and self.bot_username else f"/{name}"

    def say(self, key: str, **values: object) -> str:
        """A text in the form for this place: `key_group` in groups and channels where there is one."""
        return self.translator(f"{key}_group" if self.shared else key, **values)

    def plain(self, text: str) -> str:
        """Content in the reader's script."""
        return self.converter.text(text, self.script) if self.converter else text

    def rich(self, text: RichText) -> RichText:
        """Formatted content in the reader's script."""
        return self.converter.rich(text, self.script) if self.converter else text

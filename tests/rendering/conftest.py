"""An invented digest, looks in every language and style, and checks of what Telegram would check."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import (
    Digest,
    Item,
    Language,
    RichText,
    Span,
    SpanKind,
    StoredDigest,
    StoredItem,
)
from bot.i18n import Catalogue
from bot.rendering.look import Look
from bot.rendering.script import ScriptConverter

SHANGHAI = ZoneInfo("Asia/Shanghai")
SLOT = datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
CATALOGUE = Catalogue.load()
CONVERTER = ScriptConverter()


def emphasised(text):
    """A rich text from a text with **bold** stretches."""
    plain, spans = "", []
    for index, piece in enumerate(text.split("**")):
        if index % 2:
            spans.append(Span(SpanKind.BOLD, len(plain), len(plain) + len(piece)))
        plain += piece
    return RichText(plain, tuple(spans))


ITEMS = (
    Item(
        1,
        "示例实验室发布小型语言模型“萤火”",
        "林小雨",
        "https://example.org/firefly",
        emphasised("“萤火”只有**三十亿参数**，能在普通软件里离线运行。🎉 团队说，**训练数据**全部公开。"),
        ("models",),
    ),
    Item(2, "Open weather data for everyone", "Ada 🤖", "http://example.org/weather?a=1&b=2", RichText("Short.")),
    Item(3, "没有链接也没有作者的一条", None, None, emphasised("第一段。\n\n第二段**很重要**。")),
    Item(4, "只有标题", "Bo", "https://example.org/only"),
)


def stored_digest(items=ITEMS, *, title="2026.03.05.08 示例晨报"):
    digest = Digest(SLOT, title, SLOT, 4, ("示例",), tuple(items))
    return StoredDigest(7, digest, tuple(StoredItem(100 + n, 7, SLOT, item) for n, item in enumerate(items, start=1)))


def look_of(language=Language.ZH_HANS, **changes):
    look = Look(CATALOGUE.translator(language), SHANGHAI, converter=CONVERTER)
    return replace(look, **changes)


@pytest.fixture
def digest():
    return stored_digest()


@pytest.fixture
def look():
    return look_of()

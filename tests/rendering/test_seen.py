"""Items whose story the reader was sent before."""

import pytest

from bot.core.model import Language, Style
from bot.rendering.digest_view import push_view
from tests.rendering.conftest import ITEMS, look_of, stored_digest
from tests.rendering.rules import faults


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(
    ("language", "note"),
    [(Language.ZH_HANS, "之前已推送"), (Language.ZH_HANT, "先前已推送"), (Language.EN, "seen before")],
)
def test_an_item_seen_before_is_one_line(style: Style, language: Language, note: str) -> None:
    digest = stored_digest()
    look = look_of(language, style=style, seen=frozenset({digest.items[1].id, digest.items[2].id}))
    (message,) = push_view(digest, digest.items, look)
    assert faults(message) == []
    lines = message.text.splitlines()
    assert f"2. {ITEMS[1].title} · {note}" in lines
    assert f"3. {ITEMS[2].title} · {note}" in lines
    assert "Short." not in message.text
    assert [entity.url for entity in message.entities if entity.url == ITEMS[1].url] == [ITEMS[1].url]

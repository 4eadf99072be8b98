"""Long phrases, of which the index is asked for a part and what it finds is checked."""

import pytest

from bot.storage import Storage, fts_postgres, fts_sqlite
from tests.storage.digests import item
from tests.storage.test_search import Put, found

WHOLE = "one two 8 three four five"
APART = "one two 8 three mean four five one two three 8 four five"
TINY = {
    fts_sqlite: {"_CHECKED": 2, "_MOSTLY_WRONG": 2},
    fts_postgres: {"_LOOK": 3, "_LARGEST": 9, "_FEW": 4, "_WIDER": 2, "_SENT": 2},
}


@pytest.fixture(params=[{}, TINY], ids=["as it is", "tiny"])
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits that choose the way, once as they are and once so small that the other ways are taken."""
    for module, values in request.param.items():
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("others", ["", " -rare", " half"])
@pytest.mark.parametrize("every", [1, 3, 20])
def test_a_long_phrase_is_found_where_its_words_stand_side_by_side_and_nowhere_else(
    storage: Storage, put: Put, others: str, every: int
) -> None:
    titles = [f"{APART if place % every else WHOLE} {place}{' half' * (place % 2)}" for place in range(60)]
    put(*[item(place, title, url=None) for place, title in enumerate(titles, start=1)])
    wanted = [title for title in titles if WHOLE in title and ("half" in title or "half" not in others)]
    assert found(storage, f'"{WHOLE}"{others}', limit=1000) == wanted
    assert found(storage, f'"{WHOLE}"{others}', limit=4) == wanted[:4]
    assert not found(storage, f'"one two 8 three five"{others}', limit=4)

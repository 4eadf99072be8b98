"""More like this: rare words count, common ones do not, and nothing is like everything."""

from datetime import UTC, datetime

from bot.core.model import Item, RichText, StoredItem
from bot.core.similar import similar_items

SLOT = datetime(2026, 11, 21, tzinfo=UTC)


def stored(key: int, title: str, body: str = "", **fields: object) -> StoredItem:
    item = Item(key, title, body=RichText(body), **fields)  # type: ignore[arg-type] - a test's shorthand
    return StoredItem(key, 1, SLOT, item)


ASKED = stored(1, "港口的机械臂学会叠箱子", "机械臂整夜不停，工人改做调度。", topics=("robotics",), author="陈一诺")
POOL = [
    stored(2, "另一座港口也买了机械臂", "机械臂搬箱子，调度更轻松。", topics=("robotics",)),
    stored(3, "新模型发布", "参数不多。", topics=("models",)),
    stored(4, "会走路的机器人", "它上楼梯。", topics=("robotics",)),
    stored(5, "陈一诺谈叠箱子", "一次采访。", author="陈一诺"),
]


def ids(found: list[StoredItem]) -> list[int]:
    return [item.id for item in found]


def test_the_likest_comes_first_and_the_unlike_not_at_all() -> None:
    found = ids(similar_items(ASKED, POOL, most=5))
    assert found[0] == 2
    assert 5 in found
    assert 3 not in found


def test_never_itself_never_twice_never_what_was_taken_out() -> None:
    gone = StoredItem(2, 1, SLOT, POOL[0].item, removed=True)
    found = ids(similar_items(ASKED, [ASKED, *POOL[1:], POOL[3], gone], most=5))
    assert sorted(set(found)) == sorted(found)
    assert not {1, 2} & set(found)


def test_at_most_so_many() -> None:
    copies = [stored(key, ASKED.item.title, ASKED.item.body.text, topics=("robotics",)) for key in range(10, 30)]
    others = [stored(key, f"别的第{key}件", "毫无关系。") for key in range(40, 80)]
    assert ids(similar_items(ASKED, [*copies, *others], most=3)) == [29, 28, 27]


def test_an_empty_pool_has_nothing() -> None:
    assert similar_items(ASKED, [], most=3) == []

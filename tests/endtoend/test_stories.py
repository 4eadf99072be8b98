"""The same story reaches a chat once."""

from bot.emulator import Person
from tests.conftest import Entry, House, Running, slot, stored
from tests.endtoend.conftest import digests
from tests.endtoend.test_pushing import pushed, settled

LARK = Entry(
    "青岚实验室开源 Lark 3",
    "青岚实验室放出语言模型 Lark 3 的权重，参数七十亿，采用 Apache 2.0 许可，可在一张16GB显卡上运行。",
    "青岚",
    "https://example.org/post/lark-3",
)
AGAIN = Entry(
    "Lark 3 来了：一张显卡就能跑的七十亿模型",
    "青岚的新模型 Lark 3 今天开放权重，七十亿参数，Apache 2.0 许可，16GB显卡就能运行，社区正在做量化。",
    "Mara Quill",
    "https://x.com/maraquill/status/31",
)
OTHER = Entry(
    "港口的机器人学会叠箱子", "夜里的码头只剩机械臂，工人改做调度。", "陈一诺", "https://robots.example.org/dock/2026"
)


async def test_a_story_told_again_is_one_line_or_left_out(
    house: House, running: Running, ann: Person, ming: Person, yijun: Person
) -> None:
    await ann.ask("/subscribe")
    await ming.ask("/subscribe models robotics")
    house.desk.publish(slot(12), [LARK])
    for reader in (ann, ming):
        await house.emulator.wait_for(lambda reader=reader: pushed(house.emulator, reader))
    await settled(running)
    await yijun.ask("/subscribe")
    house.desk.publish(slot(16), [AGAIN, OTHER])
    await stored(running, 3)
    await settled(running)
    for_ann, for_ming = pushed(house.emulator, ann)[-1], pushed(house.emulator, ming)[-1]
    (for_yijun,) = pushed(house.emulator, yijun)
    assert f"1. {AGAIN.title} · seen before" in for_ann
    assert (AGAIN.body in for_ann, OTHER.body in for_ann) == (False, True)
    assert (AGAIN.title in for_ming, OTHER.body in for_ming) == (False, True)
    assert "先前已推送" not in for_yijun
    assert "七十億參數" in for_yijun


async def test_nothing_new_is_no_push_for_who_chose(house: House, running: Running, ann: Person, ming: Person) -> None:
    await ann.ask("/subscribe models")
    house.desk.publish(slot(12), [LARK])
    await house.emulator.wait_for(lambda: pushed(house.emulator, ann))
    await settled(running)
    house.desk.publish(slot(16), [AGAIN])
    await stored(running, 3)
    await settled(running)
    assert len(digests(house.emulator.messages(ann))) == 1

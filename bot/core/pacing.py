"""When the next message may start: a pure pacer under the caller's clock (float seconds of any monotonic clock). Apart
from the deliverer because its promises are about time, and are proved by running hours of it in a test's instant.

Promises: never more than `rate` starts in any sliding second, evenly spaced; one message a second to a chat; 20 a
minute to a group or channel, all its topics together; a reply never waits behind a push; a flood wait parks one chat
and no other; when a good part of what is sent is flooded the push lane slows down at once and recovers slowly.
Numbers: Telegram's bot FAQ ("My bot is hitting limits"), facts on flood control. Every step costs O(log n) of what
waits, and chats that have been quiet for a minute are forgotten.
"""

import heapq
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import islice


class Priority(IntEnum):
    """Which lane a message waits in; lower goes first."""

    REPLY = 0  # somebody is looking at the screen
    PUSH = 1
    CORRECTION = 2  # edits of what was pushed: fresh news goes first


_LEISURELY = 100.0  # sends a second that leave a process time to spare
_LATELY = 120  # starts, of a second at most, among which floods are counted
_SHARE = 4  # one of so many


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server allows; seconds and counts. `margin` stretches the window the rate is counted in, so that calls
    which travel a little unevenly (so many seconds) still never bunch up at the server; None: as suits the rate.
    `edit_rate` holds for corrections: a paid broadcast buys sends, not edits."""

    rate: float = 25.0
    edit_rate: float = 25.0
    margin: float | None = None
    chat_gap: float = 1.0
    group_count: int = 20
    group_window: float = 60.5
    catch_up: float = 0.25
    long_wait: float = 3600.0

    @property
    def stretch(self) -> float:
        """By how much the window is longer than a second. A process that sends hundreds a second is busy, and its calls
        travel less evenly than those of one that mostly waits."""
        if self.margin is not None:
            return self.margin
        return 0.016 if self.rate <= _LEISURELY else 0.02


class Gate:
    """All chats together: the global rate, and the slower pace of pushes after floods."""

    def __init__(self, limits: Limits) -> None:
        self._count = max(1, int(limits.rate))
        self._period = self._count / limits.rate * (1 + limits.stretch)
        self._spacing = self._period / self._count
        self._edit_spacing = max(self._spacing, (1 + limits.stretch) / limits.edit_rate)
        self._catch_up = limits.catch_up
        self._starts: deque[float] = deque(maxlen=self._count)
        self._next = float("-inf")
        self._next_push = float("-inf")
        self._next_edit = float("-inf")
        self._floods: deque[tuple[float, int]] = deque()
        self._pace = 1.0
        self._pace_since = float("-inf")

    def next_start(self, priority: Priority, wanted: float) -> float:
        """When a message wanted since `wanted` may start if nothing else does before."""
        start = max(self._next, wanted)
        if len(self._starts) == self._count:
            start = max(start, self._starts[0] + self._period)
        if priority is Priority.REPLY:
            return start
        return max(start, self._next_push, self._next_edit if priority is Priority.CORRECTION else start)

    def started(self, priority: Priority, wanted: float, now: float) -> None:
        """Note a start. What waited and was started late (a timer is never exact) is caught up with, within limits."""
        floor = now - self._catch_up
        self._next = max(self._next, wanted, floor) + self._spacing
        if priority is not Priority.REPLY:
            self._next_push = max(self._next_push, wanted, floor) + self._spacing / self.pace(now)
        if priority is Priority.CORRECTION:
            self._next_edit = max(self._next_edit, wanted, floor) + self._edit_spacing
        self._starts.append(now)

    def late(self, noted: float, now: float) -> None:
        """A start noted at `noted` in truth happened `now`: a busy process runs late, and the server counts what it
        sees."""
        if noted in self._starts:
            self._starts.remove(noted)
            self._starts.append(now)

    def hold(self, until: float) -> None:
        """No push before `until`."""
        self._next_push = max(self._next_push, until)

    def pace(self, now: float) -> float:
        """The share of the rate that pushes may use now: 1 unless floods slowed them; recovers 2 % a second."""
        return min(1.0, self._pace + max(0.0, now - self._pace_since) * 0.02)

    def flooded(self, chat_id: int, now: float) -> bool:
        """Note a flood wait. True when so many different chats were flooded lately (three, or a quarter of what was
        sent in the last second) that it is about us, not them: pushes stop for a second and go on at half pace."""
        lately = [start for start in islice(reversed(self._starts), _LATELY) if start > now - 1.0]
        since = lately[-1] if len(lately) == _LATELY else now - 1.0
        while self._floods and self._floods[0][0] <= since:
            self._floods.popleft()
        self._floods.append((now, chat_id))
        if len({chat for _, chat in self._floods}) < max(3.0, len(lately) / _SHARE):
            return False
        self._floods.clear()
        self._pace = max(0.05, self.pace(now) / 2)
        self._pace_since = now + 1.0
        self.hold(now + 1.0)
        return True


@dataclass(slots=True)
class _Pace:
    """What one chat has had lately."""

    free_at: float = float("-inf")
    parked_until: float = float("-inf")
    starts: deque[float] | None = None


class ChatPaces:
    """Each chat for itself: the gap, a group's window, and flood waits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._chats: OrderedDict[int, _Pace] = OrderedDict()

    def __len__(self) -> int:
        return len(self._chats)

    def ready_at(self, chat_id: int, group: bool) -> float:
        """The earliest time the chat may get its next message; minus infinity when nothing is known against it."""
        pace = self._chats.get(chat_id)
        if pace is None:
            return float("-inf")
        ready = max(pace.free_at, pace.parked_until)
        if group and pace.starts is not None and len(pace.starts) == self._limits.group_count:
            ready = max(ready, pace.starts[0] + self._limits.group_window)
        return ready

    def started(self, chat_id: int, group: bool, now: float) -> None:
        """Note the start of a message to the chat."""
        pace = self._touch(chat_id)
        pace.free_at = max(pace.free_at, now + self._limits.chat_gap)
        if group:
            if pace.starts is None:
                pace.starts = deque(maxlen=self._limits.group_count)
            pace.starts.append(now)
        self._forget(now)

    def finished(self, chat_id: int, now: float) -> None:
        """Note its answer. The gap counts from here: the server saw the message at some time before, never after."""
        pace = self._touch(chat_id)
        pace.free_at = max(pace.free_at, now + self._limits.chat_gap)
        if pace.starts:
            pace.starts[-1] = now

    def park(self, chat_id: int, until: float) -> None:
        """Nothing to the chat before `until`; a later end wins over an earlier one."""
        pace = self._touch(chat_id)
        pace.parked_until = max(pace.parked_until, until)

    def parked(self, now: float, longer_than: float) -> tuple[tuple[int, float], ...]:
        """The chats that wait for more than that many seconds from now, with the end of their wait."""
        horizon = now + longer_than
        return tuple((chat, pace.parked_until) for chat, pace in self._chats.items() if pace.parked_until > horizon)

    def moved(self, chat_id: int, new_chat_id: int) -> None:
        """A group got a new id: its pace goes with it."""
        pace = self._chats.pop(chat_id, None)
        if pace is not None:
            self._chats.setdefault(new_chat_id, pace)

    def _touch(self, chat_id: int) -> _Pace:
        pace = self._chats.get(chat_id)
        if pace is None:
            pace = self._chats[chat_id] = _Pace()
        self._chats.move_to_end(chat_id)
        return pace

    def _forget(self, now: float) -> None:
        # Two looks at the longest untouched chats for each start: memory stays at about a minute's worth of chats.
        for _ in range(2):
            chat_id, pace = next(iter(self._chats.items()))
            window_ends = pace.starts[-1] + self._limits.group_window if pace.starts else pace.free_at
            if max(pace.free_at, pace.parked_until, window_ends) <= now:
                del self._chats[chat_id]
            elif pace.parked_until > now:
                self._chats.move_to_end(chat_id)
            else:
                return


@dataclass(eq=False, slots=True)
class Ticket:
    """One message that waits for its turn; `wanted` is set when it is offered (or when its chat is free again)."""

    chat_id: int
    group: bool
    priority: Priority
    wanted: float = 0.0
    withdrawn: bool = False


@dataclass(slots=True)
class _Lane:
    """One priority's waiting room: those whose chat must wait yet, by time, and those that only wait for the gate."""

    cold: list[tuple[float, int, Ticket]] = field(default_factory=list)
    warm: list[tuple[int, Ticket]] = field(default_factory=list)


class Pacer:
    """The two together, and who waits: `offer` a ticket, `pop` what may start now, sleep until `next_time`."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.gate = Gate(self.limits)
        self.chats = ChatPaces(self.limits)
        self._lanes = {priority: _Lane() for priority in Priority}
        self._sequence = 0

    def offer(self, ticket: Ticket, now: float) -> None:
        """Let a ticket wait. Within a lane those whose chat is free go in the order offered."""
        self._sequence += 1
        ticket.wanted = max(now, self.chats.ready_at(ticket.chat_id, ticket.group))
        self._place(ticket, self._sequence, now)

    def pop(self, now: float) -> Ticket | None:
        """The ticket that may start at `now`, noted as started; None when none may yet."""
        for priority in Priority:
            lane = self._lanes[priority]
            self._warm_up(lane, now)
            while lane.warm:
                sequence, ticket = lane.warm[0]
                if ticket.withdrawn:
                    heapq.heappop(lane.warm)
                elif self.chats.ready_at(ticket.chat_id, ticket.group) > now:
                    heapq.heappop(lane.warm)
                    self._place(ticket, sequence, now)
                elif self.gate.next_start(priority, ticket.wanted) <= now:
                    heapq.heappop(lane.warm)
                    self._start(ticket, now)
                    return ticket
                else:
                    break
        return None

    def next_time(self, now: float) -> float | None:
        """When `pop` may give something next (never before `now`); None when nothing waits."""
        times = [time for priority in Priority for time in self._lane_times(priority)]
        return max(now, min(times)) if times else None

    def flooded(self, chat_id: int, seconds: float, now: float) -> bool:
        """The server asked to leave the chat alone for that long. True when the push lane was slowed for it."""
        self.chats.park(chat_id, now + seconds)
        return self.gate.flooded(chat_id, now)

    def parked_long(self, now: float) -> tuple[tuple[int, float], ...]:
        """Chats parked for longer than an hour, and until when: for the operator to see."""
        return self.chats.parked(now, self.limits.long_wait)

    def _place(self, ticket: Ticket, sequence: int, now: float) -> None:
        ready = self.chats.ready_at(ticket.chat_id, ticket.group)
        lane = self._lanes[ticket.priority]
        if ready > now:
            ticket.wanted = max(ticket.wanted, ready)
            heapq.heappush(lane.cold, (ready, sequence, ticket))
        else:
            heapq.heappush(lane.warm, (sequence, ticket))

    def _warm_up(self, lane: _Lane, now: float) -> None:
        while lane.cold and lane.cold[0][0] <= now:
            _, sequence, ticket = heapq.heappop(lane.cold)
            if not ticket.withdrawn:
                self._place(ticket, sequence, now)

    def _start(self, ticket: Ticket, now: float) -> None:
        self.gate.started(ticket.priority, ticket.wanted, now)
        self.chats.started(ticket.chat_id, ticket.group, now)

    def _lane_times(self, priority: Priority) -> list[float]:
        lane = self._lanes[priority]
        times = [lane.cold[0][0]] if lane.cold else []
        if lane.warm:
            times.append(self.gate.next_start(priority, lane.warm[0][1].wanted))
        return times

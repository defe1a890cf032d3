"""One client's way out: in order, bounded, never waited for."""

from collections.abc import Callable

from backline.kit.realtime.frames import Frame, encode
from backline.kit.realtime.outlets import Backlog, Outlet


class Line:
    """The server's end of a socket whose client reads only when it is told to."""

    def __init__(self) -> None:
        self.can_write = True
        self.written: list[bytes] = []
        self.ended: list[tuple[int, str]] = []
        self._callback: Callable[[], None] | None = None

    def write(self, wire: bytes) -> None:
        self.written.append(wire)

    def on_writable(self, callback: Callable[[], None] | None) -> None:
        self._callback = callback

    def end(self, code: int, reason: str) -> None:
        self.ended.append((code, reason))

    def catch_up(self) -> None:
        self.can_write = True
        if self._callback is not None:
            self._callback()


def a_frame(number: int, size: int = 0) -> Frame:
    return encode({"number": number, "text": "x" * size})


def test_frames_wait_while_the_client_is_slow_and_keep_their_order() -> None:
    line = Line()
    outlet = Outlet(line, Backlog())
    frames = [a_frame(number) for number in range(4)]

    outlet.send(frames[0])
    line.can_write = False
    outlet.send(frames[1])
    outlet.send(frames[2])
    assert len(line.written) == 1
    line.catch_up()
    outlet.send(frames[3])

    assert line.written == [frame.wire for frame in frames]


def test_nothing_overtakes_what_waits() -> None:
    line = Line()
    outlet = Outlet(line, Backlog())
    line.can_write = False
    outlet.send(a_frame(1))
    line.can_write = True  # writable again, but not told so yet

    outlet.send(a_frame(2))
    line.catch_up()

    assert line.written == [a_frame(1).wire, a_frame(2).wire]


def test_a_client_may_fall_behind_as_often_as_it_catches_up() -> None:
    line = Line()
    outlet = Outlet(line, Backlog(messages=10, size=50_000))

    for _ in range(20):
        line.can_write = False
        for number in range(4):
            outlet.send(a_frame(number, 10_000))
        line.catch_up()

    assert not outlet.overflowed
    assert len(line.written) == 80


def test_one_message_too_many_closes() -> None:
    line = Line()
    outlet = Outlet(line, Backlog(messages=3))
    line.can_write = False

    for number in range(3):
        outlet.send(a_frame(number))
    assert line.ended == []
    outlet.send(a_frame(3))

    assert outlet.overflowed
    assert line.ended == [(1013, "resync")]


def test_one_byte_too_many_closes() -> None:
    line = Line()
    size = len(a_frame(1, 1000).wire)
    outlet = Outlet(line, Backlog(size=2 * size))
    line.can_write = False

    outlet.send(a_frame(1, 1000))
    outlet.send(a_frame(2, 1000))
    assert line.ended == []
    outlet.send(a_frame(3))

    assert line.ended == [(1013, "resync")]


def test_after_the_end_nothing_is_sent_and_closing_again_changes_nothing() -> None:
    line = Line()
    outlet = Outlet(line, Backlog())
    line.can_write = False
    outlet.send(a_frame(1))

    outlet.close(4401, "logged out")
    outlet.close(1012, "restarting")
    outlet.send(a_frame(2))
    line.catch_up()

    assert line.written == []
    assert line.ended == [(4401, "logged out")]


def test_a_frame_says_how_long_it_is() -> None:
    heads = {size: a_frame(0, size).wire[:2] for size in (10, 200, 70_000)}

    assert heads[10][0] == 0x81
    assert heads[10][1] < 126
    assert heads[200][1] == 126
    assert heads[70_000][1] == 127
    assert a_frame(0, 200).payload == a_frame(0, 200).wire[4:]

"""Reading what is long: in parts, with keys answered in between, and no state told before all of it is read."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

from textual.message import Message

from hamtui.follow.follower import Batch
from hamtui.model.state import Unread
from hamtui.tui.feed import PART, feed
from hamtui.tui.messages import Arrived
from tests.tui import scenes
from tests.tui.driving import drawn, screen, until


class Given:
    """Stands for the follower: these batches, then nothing more."""

    def __init__(self, *batches: Batch) -> None:
        self._batches = batches
        self.go_on = threading.Event()

    def batches(self, stop: threading.Event) -> Iterator[Batch]:
        for batch in self._batches:
            yield batch
            while not stop.is_set() and not batch.caught_up and not self.go_on.wait(0.05):
                pass
        stop.wait()


def test_a_large_batch_comes_in_parts_and_the_last_alone_has_caught_up() -> None:
    records = scenes.wide(2 * PART + 10).records
    stop, seen = threading.Event(), list[Batch]()

    def post(message: Message) -> None:
        assert isinstance(message, Arrived)
        seen.append(message.batch)
        message.folded.set()
        if message.batch.caught_up:
            stop.set()

    feed(Given(Batch(records, Unread(), caught_up=True, notified=True)), stop, post, 1)
    assert [record for batch in seen for record in batch.records] == records
    assert max(len(batch.records) for batch in seen) <= PART
    assert [batch.caught_up for batch in seen] == [False] * (len(seen) - 1) + [True]


def test_nothing_is_collected_until_all_is_read() -> None:
    records = scenes.shop().records
    stop, was = threading.Event(), list[bool]()

    def post(message: Message) -> None:
        assert isinstance(message, Arrived)
        was.append(gc.isenabled())
        message.folded.set()
        if message.batch.caught_up:
            stop.set()

    source = Given(
        Batch(records, Unread(), caught_up=False, notified=True, share=0.5),
        Batch([], Unread(), caught_up=True, notified=True),
    )
    source.go_on.set()
    try:
        feed(source, stop, post, 1)
        assert was == [False, True]
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_a_collector_that_was_off_at_first_is_on_once_all_is_read() -> None:
    stop, was = threading.Event(), list[bool]()

    def post(message: Message) -> None:
        assert isinstance(message, Arrived)
        was.append(gc.isenabled())
        message.folded.set()
        stop.set()

    gc.disable()
    try:
        feed(Given(Batch([], Unread(), caught_up=True, notified=True)), stop, post, 1)
        assert was == [True]
        assert gc.isenabled() and gc.get_freeze_count()
        gc.disable()
        stop.set()
        feed(Given(), stop, post, 2)
        assert gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()


def test_a_launch_that_is_behind_again_and_again_does_not_pile_up_garbage() -> None:
    records = scenes.shop().records
    stop, frozen, made = threading.Event(), list[int](), list[list[list[int]]]()

    def post(message: Message) -> None:
        assert isinstance(message, Arrived)
        frozen.append(gc.get_freeze_count())
        made.append([[1] for _ in range(5_000)])
        assert gc.isenabled() or len(frozen) == 1
        message.folded.set()
        if len(frozen) == 8:
            stop.set()

    behind = Batch([], Unread(), caught_up=False, notified=True, share=0.995)
    caught_up = Batch([], Unread(), caught_up=True, notified=True)
    first = Batch(records, Unread(), caught_up=False, notified=True, share=0.5)
    source = Given(first, *[behind, caught_up] * 4)
    source.go_on.set()
    try:
        feed(source, stop, post, 1)
        before, first_time, *later = frozen
        assert before < first_time
        # Fewer where some of it went meanwhile, never more.
        assert max(later) <= first_time
    finally:
        gc.unfreeze()


async def test_a_folder_that_can_t_be_read_is_told_of_before_anything_is_read() -> None:
    class Broken:
        def batches(self, stop: threading.Event) -> Iterator[Batch]:
            yield from ()
            raise OSError(5, "Input/output error", "/gone/bad")

    scene = scenes.running()
    app = scene.app()
    app._source = Broken()
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: app._notifications)
        [told] = app._notifications
        assert (told.title, told.message) == ("Nothing more can be read", "Input/output error: /gone/bad")


async def test_no_state_is_told_of_a_file_that_is_half_read() -> None:
    scene = scenes.suspected()
    source = Given(
        Batch(scene.records, Unread(), caught_up=False, notified=True, share=0.43),
        Batch([], Unread(), caught_up=True, notified=True),
    )
    app = scene.app()
    app._source = source
    async with app.run_test(size=(160, 24)) as pilot:
        await until(pilot, lambda: "reading" in screen(app)[0] and "43%" in screen(app)[0])
        for word in ("running 3m", "suspected", "heard"):
            assert word not in screen(app)[0]
        source.go_on.set()
        await drawn(pilot)
        await until(pilot, lambda: "⚠ 1 suspected" in screen(app)[0])
        assert "reading" not in screen(app)[0]


async def test_where_drawing_is_dear_the_rows_wait_for_the_end_of_the_file() -> None:
    scene = scenes.shop(at=60.0)
    half = len(scene.records) // 2
    source = Given(
        Batch(scene.records[:half], Unread(), caught_up=False, notified=True, share=0.2),
        Batch(scene.records[half:], Unread(), caught_up=True, notified=True),
    )
    app = scene.app()
    app._source = source
    async with app.run_test(size=(160, 24)) as pilot:
        await until(pilot, lambda: "20%" in screen(app)[0])
        app._effort.took, app.session._share = 1.0, 0.6
        rows = screen(app)[2:]
        app.session.launch.runs.clear()
        app.draw_soon()
        await until(pilot, lambda: "60%" in screen(app)[0])
        assert screen(app)[2:] == rows

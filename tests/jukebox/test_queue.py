"""What people may do with what waits, over a real database."""

import asyncio
from datetime import timedelta

import pytest

from backline.jukebox.commands.changes import UndoLast
from backline.jukebox.commands.moving import MoveItem, TakeBackVote, VoteFor
from backline.jukebox.commands.queue import AddToQueue, ClearQueue, RemoveFromQueue
from backline.jukebox.commands.room import ChangePolicy
from backline.jukebox.domain.playback import StaleRevision
from backline.jukebox.domain.policy import (
    AlreadyQueued,
    PlayedRecently,
    PolicyKind,
    QueueFull,
    TooManyWaiting,
)
from backline.jukebox.domain.queue import (
    HostsOnly,
    ItemGone,
    ItemId,
    ItemLocked,
    ItemNotFound,
    ItemPlaying,
    MovedToItself,
    NamelessVisitor,
    NothingToUndo,
    NotYourItem,
    VotesDecide,
)
from backline.jukebox.queries.queue import GetHistory
from backline.kit.core.actor import ANONYMOUS, Actor, Role
from tests.jukebox.rooms import ANN, BOB, GUS, HAL, TestRoom

NOBODY = ItemId("00000000-0000-7000-8000-000000000000")


async def policy(room: TestRoom, **changes: object) -> None:
    await room.send(ChangePolicy(changes=changes), HAL)


async def test_what_is_added_waits_for_everybody_to_see(room: TestRoom) -> None:
    before = (await room.document()).revision

    item_id = await room.add(ANN, "Night Bus")

    document = await room.document()
    (item,) = document.items
    assert (item.id, item.track.title, item.state) == (item_id, "Night Bus", "queued")
    assert item.added_by.display_name == "Ann"
    assert document.revision == before + 1


async def test_nobody_adds_without_a_name(room: TestRoom) -> None:
    track = await room.track()
    with pytest.raises(NamelessVisitor, match="Join the room or log in to add a song"):
        await room.send(AddToQueue(track_id=track), ANONYMOUS)


async def test_a_second_copy_is_refused_with_its_place(room: TestRoom) -> None:
    await room.add(ANN, "Other")
    track = await room.track("Night Bus")
    await room.send(AddToQueue(track_id=track), ANN)

    with pytest.raises(AlreadyQueued) as refused:
        await room.send(AddToQueue(track_id=track), BOB)

    assert refused.value.detail == (
        "“Night Bus” is already number 2. Vote for it to hear it sooner."
    )
    assert refused.value.metadata["position"] == "2"


async def test_ones_share_is_limited_but_not_a_hosts(room: TestRoom) -> None:
    await policy(room, max_waiting=2)
    for actor in (ANN, ANN, HAL, HAL, HAL):
        await room.add(actor)

    with pytest.raises(TooManyWaiting, match="You have 2 songs waiting"):
        await room.add(ANN)


async def test_a_full_share_says_when_the_next_place_is_free(room: TestRoom) -> None:
    await policy(room, max_waiting=1)
    await room.add(HAL, duration_s=300)
    await room.play_next()
    await room.add(HAL, duration_s=240)
    await room.add(ANN)
    room.clock.advance(timedelta(seconds=60))

    with pytest.raises(TooManyWaiting) as refused:
        await room.add(ANN)

    # Ann was not heard yet, so hers comes first: when what plays has ended, 240 s from now.
    assert refused.value.retry_at == room.clock.now() + timedelta(seconds=240)


async def test_limits_hold_when_everybody_adds_at_once(room: TestRoom) -> None:
    await policy(room, max_waiting=2, max_items=3)
    tracks = [await room.track() for _ in range(8)]
    actors = [ANN, ANN, ANN, ANN, BOB, BOB, BOB, BOB]

    results = await asyncio.gather(
        *[
            room.send(AddToQueue(track_id=track), actor)
            for track, actor in zip(tracks, actors, strict=True)
        ],
        return_exceptions=True,
    )

    refused = [result for result in results if isinstance(result, BaseException)]
    assert len((await room.document()).items) == 3
    assert len(refused) == 5
    assert all(isinstance(each, (TooManyWaiting, QueueFull)) for each in refused)


async def test_a_song_may_come_again_after_its_cooldown(room: TestRoom) -> None:
    track = await room.track("Night Bus")
    item_id = (await room.send(AddToQueue(track_id=track), ANN)).item_id
    await room.play_next()
    await room.end(item_id)
    room.clock.advance(timedelta(minutes=59))
    with pytest.raises(PlayedRecently):
        await room.send(AddToQueue(track_id=track), BOB)

    room.clock.advance(timedelta(minutes=1))

    await room.send(AddToQueue(track_id=track), BOB)


async def test_people_remove_their_own_and_hosts_any(room: TestRoom) -> None:
    anns, bobs = await room.add(ANN), await room.add(BOB)
    with pytest.raises(NotYourItem, match="was added by Ann"):
        await room.send(RemoveFromQueue(item_id=anns), BOB)

    await room.send(RemoveFromQueue(item_id=bobs), BOB)
    await room.send(RemoveFromQueue(item_id=anns), HAL)

    assert (await room.document()).items == []


async def test_what_is_gone_is_told_as_gone(room: TestRoom) -> None:
    item_id = await room.add(ANN, "Night Bus")
    other = await room.add(ANN)
    await room.send(RemoveFromQueue(item_id=item_id), ANN)

    for command in (
        RemoveFromQueue(item_id=item_id),
        VoteFor(item_id=item_id),
        MoveItem(item_id=item_id, beside=other, after=True),
    ):
        with pytest.raises(ItemGone, match="“Night Bus” was removed already"):
            await room.send(command, HAL)
    with pytest.raises(ItemNotFound):
        await room.send(RemoveFromQueue(item_id=NOBODY), HAL)


async def test_what_plays_is_neither_removed_nor_moved_nor_voted_for(room: TestRoom) -> None:
    await room.add(ANN)
    other = await room.add(BOB)
    playing = await room.play_next()

    for command in (
        RemoveFromQueue(item_id=playing),
        VoteFor(item_id=playing),
        MoveItem(item_id=playing, beside=other, after=True),
    ):
        with pytest.raises(ItemPlaying):
            await room.send(command, HAL)


async def test_hosts_move_anything_and_later_songs_come_behind(room: TestRoom) -> None:
    a, b, c = [await room.add(ANN, title) for title in "abc"]
    await room.send(MoveItem(item_id=c, beside=a, after=False), HAL)
    assert await room.titles() == ["c", "a", "b"]

    await room.send(MoveItem(item_id=c, beside=b, after=True), HAL)
    assert await room.titles() == ["a", "b", "c"]

    # Bob was never heard and would come first; what the host arranged stays before it.
    await room.add(BOB, "bob")
    assert await room.titles() == ["a", "b", "c", "bob"]


async def test_moving_to_the_top_arranges_only_the_top(room: TestRoom) -> None:
    a, _, c = [await room.add(ANN, title) for title in "abc"]
    await room.send(MoveItem(item_id=c, beside=a, after=False), HAL)

    await room.add(BOB, "bob")

    assert await room.titles() == ["c", "bob", "a", "b"]


async def test_nothing_crosses_what_is_locked(room: TestRoom) -> None:
    await policy(room, kind=PolicyKind.FIFO)
    a, b, c = [await room.add(HAL, title) for title in "abc"]
    await room.play_next()
    await room.lock()

    with pytest.raises(ItemLocked, match="“b” is next and already with the player; nothing can"):
        await room.send(MoveItem(item_id=c, beside=b, after=False), HAL)
    with pytest.raises(ItemLocked, match="“b” is next and already with the player, so it cannot"):
        await room.send(MoveItem(item_id=b, beside=c, after=True), HAL)
    await room.send(MoveItem(item_id=c, beside=b, after=True), HAL)

    document = await room.document()
    assert [item.state for item in document.items] == ["locked", "queued"]
    assert document.playback.item_id == a


async def test_people_reorder_their_own_among_themselves(room: TestRoom) -> None:
    await policy(room, kind=PolicyKind.FIFO)
    a1 = await room.add(ANN, "a1")
    b1 = await room.add(BOB, "b1")
    a2 = await room.add(ANN, "a2")

    await room.send(MoveItem(item_id=a2, beside=a1, after=False), ANN)

    assert await room.titles() == ["a2", "b1", "a1"]
    with pytest.raises(NotYourItem, match="your own songs in another order among themselves"):
        await room.send(MoveItem(item_id=a1, beside=b1, after=False), ANN)
    with pytest.raises(NotYourItem):
        await room.send(MoveItem(item_id=b1, beside=a1, after=False), ANN)


async def test_votes_decide_where_votes_are_the_rule(room: TestRoom) -> None:
    await policy(room, kind=PolicyKind.VOTES)
    a1, a2 = await room.add(ANN, "a1"), await room.add(ANN, "a2")
    await room.send(VoteFor(item_id=a1), BOB)

    with pytest.raises(VotesDecide):
        await room.send(MoveItem(item_id=a2, beside=a1, after=False), ANN)

    assert await room.titles() == ["a1", "a2"]


async def test_a_song_does_not_stand_beside_itself_or_what_is_gone(room: TestRoom) -> None:
    a, b = await room.add(HAL), await room.add(HAL)
    with pytest.raises(MovedToItself):
        await room.send(MoveItem(item_id=a, beside=a, after=False), HAL)
    await room.send(RemoveFromQueue(item_id=b), HAL)
    with pytest.raises(ItemGone):
        await room.send(MoveItem(item_id=a, beside=b, after=False), HAL)


async def test_who_has_not_seen_the_latest_change_is_told(room: TestRoom) -> None:
    a, b = await room.add(HAL), await room.add(HAL)
    seen = (await room.document()).revision
    await room.add(HAL)

    with pytest.raises(StaleRevision) as refused:
        await room.send(MoveItem(item_id=b, beside=a, after=False, if_revision=seen), HAL)

    assert refused.value.metadata["revision"] == str(seen + 1)
    await room.send(MoveItem(item_id=b, beside=a, after=False, if_revision=seen + 1), HAL)


async def test_a_vote_counts_once_and_can_be_taken_back(room: TestRoom) -> None:
    item_id = await room.add(ANN)

    tallies = await asyncio.gather(*[room.send(VoteFor(item_id=item_id), BOB) for _ in range(5)])
    assert {tally.votes for tally in tallies} == {1}
    assert (await room.send(VoteFor(item_id=item_id), GUS)).votes == 2

    assert (await room.send(TakeBackVote(item_id=item_id), BOB)).votes == 1
    assert (await room.send(TakeBackVote(item_id=item_id), BOB)).votes == 1
    assert (await room.document()).items[0].votes == 1


async def test_a_removal_is_undone_for_a_minute(room: TestRoom) -> None:
    a, _ = await room.add(ANN, "a"), await room.add(ANN, "b")
    await room.send(RemoveFromQueue(item_id=a), ANN)
    assert await room.titles() == ["b"]

    room.clock.advance(timedelta(seconds=60))
    undone = await room.send(UndoLast(), ANN)

    assert (undone.what, undone.items) == ("remove", 1)
    assert await room.titles() == ["a", "b"]
    with pytest.raises(NothingToUndo):
        await room.send(UndoLast(), ANN)


async def test_undo_is_ones_own_and_not_for_ever(room: TestRoom) -> None:
    a = await room.add(ANN)
    await room.send(RemoveFromQueue(item_id=a), ANN)
    with pytest.raises(NothingToUndo):
        await room.send(UndoLast(), BOB)
    room.clock.advance(timedelta(seconds=61))
    with pytest.raises(NothingToUndo):
        await room.send(UndoLast(), ANN)


async def test_a_move_and_a_cleared_queue_are_undone(room: TestRoom) -> None:
    a, _, c = [await room.add(HAL, title) for title in "abc"]
    await room.send(MoveItem(item_id=c, beside=a, after=False), HAL)
    await room.send(UndoLast(), HAL)
    assert await room.titles() == ["a", "b", "c"]

    await room.send(ClearQueue(), HAL)
    assert await room.titles() == []
    assert (await room.send(UndoLast(), HAL)).items == 3
    assert await room.titles() == ["a", "b", "c"]


async def test_what_was_next_is_next_again_after_undo(room: TestRoom) -> None:
    await policy(room, kind=PolicyKind.FIFO)
    for title in "abc":
        await room.add(HAL, title)
    await room.play_next()
    locked = await room.lock()
    await room.send(RemoveFromQueue(item_id=locked), HAL)
    await room.send(UndoLast(), HAL)

    document = await room.document()
    assert [(item.track.title, item.state) for item in document.items] == [
        ("b", "queued"),
        ("c", "queued"),
    ]


@pytest.mark.parametrize("command", [ClearQueue(), ChangePolicy(changes={"open": False})])
async def test_hosts_only(room: TestRoom, command: ClearQueue | ChangePolicy) -> None:
    for actor in (ANN, GUS):
        with pytest.raises(HostsOnly):
            await room.send(command, actor)
    await room.send(command, Actor(id=2, role=Role.ADMIN))


async def test_history_tells_what_was_heard_page_by_page(room: TestRoom) -> None:
    for title in "abc":
        await room.add(ANN, title)
        item_id = await room.play_next()
        room.clock.advance(timedelta(seconds=90))
        await room.end(item_id, "skipped" if title == "b" else "finished", 90.0)

    first = await room.send(GetHistory(limit=2))
    second = await room.send(GetHistory(limit=2, cursor=ItemId(first.next_cursor or "")))

    rows = first.items + second.items
    assert [(row.track.title, row.state, row.heard_s) for row in rows] == [
        ("c", "played", 90.0),
        ("b", "skipped", 90.0),
        ("a", "played", 90.0),
    ]
    assert second.next_cursor is None
    assert (await room.document()).heard == 3


async def test_the_same_request_twice_is_one_item(room: TestRoom) -> None:
    track = await room.track()
    command = AddToQueue(track_id=track)

    first, second = [await room.mediator.send(command, actor=ANN, key="k") for _ in range(2)]

    assert first == second
    assert len((await room.document()).items) == 1

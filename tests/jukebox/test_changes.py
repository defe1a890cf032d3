"""The list of what people did, and taking it back."""

from datetime import timedelta
from typing import Any

import pytest

from backline.jukebox.commands.changes import UndoChange, UndoLast
from backline.jukebox.commands.conducting import TidyQueue
from backline.jukebox.commands.moving import MoveItem, VoteFor
from backline.jukebox.commands.playback import TakePlaybackRequest
from backline.jukebox.commands.queue import AddToQueue, ClearQueue, RemoveFromQueue
from backline.jukebox.commands.room import ChangePolicy, RenameRoom
from backline.jukebox.domain.changes import KEPT_FOR, ChangedSince, ChangeNotFound
from backline.jukebox.domain.playback import Action
from backline.jukebox.domain.policy import AlreadyQueued, PolicyKind
from backline.jukebox.domain.queue import HostsOnly, ItemId, NothingToUndo
from backline.jukebox.domain.wishes import Wish
from backline.jukebox.queries.changes import ChangesView, ChangeView, GetChanges
from backline.jukebox.wiring import gather_wishes
from backline.kit.core.actor import Actor, Role
from tests.jukebox.rooms import ANN, BOB, HAL, TestRoom


async def changes(room: TestRoom, actor: Actor = HAL, **page: Any) -> ChangesView:
    return await room.send(GetChanges(**{"limit": 50} | page), actor)


async def told(room: TestRoom, actor: Actor = HAL) -> list[tuple[str, str | None, str | None]]:
    """What happened, oldest first: what, by whom, to which song."""
    return [
        (
            each.what,
            each.by.display_name if each.by else None,
            each.song.title if each.song else None,
        )
        for each in reversed((await changes(room, actor)).items)
    ]


async def latest(room: TestRoom, actor: Actor = HAL) -> ChangeView:
    return (await changes(room, actor)).items[0]


async def take(room: TestRoom, action: Action, *, request_id: str = "r", **given: Any) -> None:
    fields: dict[str, Any] = {"actor_id": HAL.id, "actor_name": HAL.name} | given
    await room.send(TakePlaybackRequest(request_id=request_id, action=action, **fields))


async def move_to_front(room: TestRoom, item_id: ItemId, actor: Actor = HAL) -> int:
    first = ItemId((await room.document()).items[0].id)
    await room.send(MoveItem(item_id=item_id, beside=first, after=False), actor)
    return (await latest(room)).id


async def test_what_people_do_to_the_queue_is_told(room: TestRoom) -> None:
    a, b = await room.add(ANN, "a"), await room.add(HAL, "b")
    await move_to_front(room, b)
    await room.send(RemoveFromQueue(item_id=a), ANN)
    await room.send(ClearQueue(), HAL)
    await room.send(UndoLast(), HAL)

    assert await told(room) == [
        ("added", "Ann", "a"),
        ("added", "Hal", "b"),
        ("moved", "Hal", "b"),
        ("removed", "Ann", "a"),
        ("cleared", "Hal", None),
        ("undone", "Hal", None),
    ]
    moved = (await changes(room)).items[3]
    assert moved.details == {"from": 2, "to": 1}
    assert moved.song is not None
    assert moved.song.added_by.display_name == "Hal"


async def test_what_people_do_to_playback_is_told(room: TestRoom) -> None:
    await room.add(ANN, "a")
    item_id = await room.play_next()

    await take(room, Action.PAUSE, item_id=item_id)
    await take(room, Action.PAUSE, item_id=item_id)
    await take(room, Action.PLAY)
    await take(room, Action.SKIP, item_id=item_id, request_id=f"skip-vote-{item_id}")
    await take(room, Action.SKIP, item_id=item_id)
    await take(room, Action.CROSSFADE, crossfade_s=3.0)
    await take(room, Action.OUTPUT, output="null")
    await take(room, Action.TEST_TONE)

    assert await told(room) == [
        ("added", "Ann", "a"),
        ("paused", "Hal", "a"),
        ("started", "Hal", "a"),
        ("skipped", None, "a"),
        ("crossfade", "Hal", None),
        ("output", "Hal", None),
    ]


async def test_a_volume_that_is_dragged_is_one_change(room: TestRoom) -> None:
    for volume in (0.5, 0.4, 0.3):
        await take(room, Action.VOLUME, volume=volume)
    room.clock.advance(timedelta(minutes=1))
    await take(room, Action.VOLUME, volume=0.9)

    assert [each.details["volume"] for each in (await changes(room)).items] == [0.9, 0.3]


async def test_a_rule_is_told_with_what_changed(room: TestRoom) -> None:
    await room.send(ChangePolicy(changes={"kind": PolicyKind.VOTES, "open": True}), HAL)
    await room.send(ChangePolicy(changes={"open": True}), HAL)
    await room.send(RenameRoom(name="The Valve Room", tagline=""), HAL)

    named, rule = (await changes(room)).items
    assert rule.details == {"before": {"kind": "fair_turns"}, "after": {"kind": "votes"}}
    assert named.details == {"name": "The Valve Room", "tagline": ""}


async def test_votes_are_told_at_every_fifth_once(room: TestRoom) -> None:
    item_id = await room.add(ANN, "a")
    voters = [Actor(id=n, role=Role.LISTENER, name=f"V{n}", session_id="v") for n in range(20, 26)]
    for voter in voters:
        await room.send(VoteFor(item_id=item_id), voter)

    assert await told(room) == [("added", "Ann", "a"), ("voted", None, "a")]
    assert (await latest(room)).details == {"votes": 5}


async def test_refusals_are_for_hosts_and_for_whoever_was_refused(room: TestRoom) -> None:
    track_id = await room.track("Drone")
    await room.send(AddToQueue(track_id=track_id), HAL)
    wishes = gather_wishes(room.mediator)
    for _ in range(3):
        assert isinstance(await wishes.submit(Wish(track_id, ANN)), AlreadyQueued)

    assert (await told(room))[1:] == [("refused", "Ann", "Drone")]
    assert (await latest(room)).details == {"reason": "ALREADY_QUEUED"}
    assert (await told(room, ANN))[1:] == [("refused", "Ann", "Drone")]
    assert (await told(room, BOB))[1:] == []


async def test_a_host_undoes_what_somebody_else_did(room: TestRoom) -> None:
    a, _ = await room.add(ANN, "a"), await room.add(ANN, "b")
    await room.send(RemoveFromQueue(item_id=a), ANN)
    removed = await latest(room)
    assert (removed.undoable, (await latest(room, ANN)).undoable) == (True, True)
    assert not (await latest(room, BOB)).undoable
    with pytest.raises(HostsOnly):
        await room.send(UndoChange(change_id=removed.id), BOB)

    room.clock.advance(timedelta(minutes=14))
    undone = await room.send(UndoChange(change_id=removed.id), HAL)

    assert (undone.what, undone.items) == ("remove", 1)
    assert await room.titles() == ["a", "b"]
    latest_two = (await changes(room)).items[:2]
    assert [(each.what, each.undone, each.undoable) for each in latest_two] == [
        ("undone", False, False),
        ("removed", True, False),
    ]
    with pytest.raises(ChangeNotFound):
        await room.send(UndoChange(change_id=removed.id), HAL)


async def test_what_was_moved_again_is_undone_last_first(room: TestRoom) -> None:
    items = [await room.add(HAL, title) for title in "abc"]
    first = await move_to_front(room, items[2])
    second = await move_to_front(room, items[1])
    assert await room.titles() == ["b", "c", "a"]

    with pytest.raises(ChangedSince) as refused:
        await room.send(UndoChange(change_id=first), HAL)
    assert refused.value.metadata["change_id"] == str(second)
    await room.send(UndoChange(change_id=second), HAL)
    await room.send(UndoChange(change_id=first), HAL)

    assert await room.titles() == ["a", "b", "c"]


async def test_after_a_while_nothing_is_undone(room: TestRoom) -> None:
    a = await room.add(ANN, "a")
    await room.send(RemoveFromQueue(item_id=a), ANN)
    change = await latest(room)
    room.clock.advance(timedelta(minutes=16))

    assert not (await latest(room)).undoable
    with pytest.raises(NothingToUndo):
        await room.send(UndoChange(change_id=change.id), HAL)


@pytest.mark.parametrize("change_id", [1, 10**9])
async def test_only_what_was_moved_or_removed_can_be_undone(room: TestRoom, change_id: int) -> None:
    await room.add(ANN, "a")

    with pytest.raises(ChangeNotFound):
        await room.send(UndoChange(change_id=change_id), HAL)


async def test_the_list_has_pages_and_an_end(room: TestRoom) -> None:
    for title in "abc":
        await room.add(HAL, title)

    first = await changes(room, limit=2)
    second = await changes(room, limit=2, cursor=int(first.next_cursor or ""))

    titles = [each.song and each.song.title for each in first.items + second.items]
    assert titles == ["c", "b", "a"]
    assert second.next_cursor is None


async def test_old_changes_are_forgotten(room: TestRoom) -> None:
    await room.add(HAL, "a")
    room.clock.advance(KEPT_FOR + timedelta(seconds=1))
    await room.add(HAL, "b")
    await room.lead()
    await room.send(TidyQueue(fence=room.fence))

    assert await told(room) == [("added", "Hal", "b")]

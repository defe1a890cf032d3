"""What can be done with the library's tracks, by people and by their analysis."""

from dataclasses import dataclass
from datetime import datetime

from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.tracks import (
    Analysis,
    Person,
    Track,
    TrackAlreadyHere,
    TrackId,
    TrackInQueue,
    TrackStatus,
)
from backline.jukebox.domain.uploads import LibraryRules
from backline.jukebox.ports import QueueRepository, StoredFile, TrackRepository
from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command

STUCK = Cause(
    CauseCode.ANALYSIS_STUCK,
    "It could not be analysed: something on this machine got in the way each time."
    " Upload it again later, or ask a host to look at the box.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTrack(Command[TrackId]):
    """`file` lies in the store already."""

    file_name: str
    file: StoredFile
    content_type: str


async def add_track(
    command: AddTrack,
    actor: Actor,
    tracks: TrackRepository,
    rules: LibraryRules,
    clock: Clock,
) -> TrackId:
    """Take a whole file into the library and have it analysed.

    Raises:
        UploadsNotAllowed: By this role.
        QuotaReached: There is no room for it.
        TrackAlreadyHere: The same bytes are in the library, and play or are being analysed.
    """
    rules.check_may_upload(actor)
    rules.check_size(command.file.size)
    usage = await tracks.usage(actor.id)
    rules.check_quota(actor, command.file.size, theirs=usage.theirs, everybodys=usage.everybodys)
    track = Track.upload(
        file_name=command.file_name,
        sha256=command.file.sha256,
        size=command.file.size,
        content_type=command.content_type,
        by=Person.of(actor),
        at=clock.now(),
    )
    return await admit(track, tracks)


async def admit(track: Track, tracks: TrackRepository) -> TrackId:
    """Add `track`, or let the failed one of the same bytes be analysed again.

    Raises:
        TrackAlreadyHere: The one of the same bytes has not failed.
    """
    twin = await tracks.add(track)
    if twin is None:
        return track.id
    if twin.status is not TrackStatus.FAILED:
        raise already_here(twin.id, twin.title)
    twin.analyse_again(at=track.uploaded_at)
    await tracks.save(twin)
    return twin.id


def already_here(track_id: TrackId, title: str) -> TrackAlreadyHere:
    return TrackAlreadyHere(
        f"This file is in the library already, as “{title}”. Add that one to the queue.",
        track_id=track_id,
        title=title,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EditTrack(Command[None]):
    """Texts that are None stay as they are."""

    track_id: TrackId
    title: str | None = None
    artist: str | None = None
    album: str | None = None


async def edit_track(
    command: EditTrack, actor: Actor, tracks: TrackRepository, queue: QueueRepository
) -> None:
    """Correct what a track is called. Raises `TrackNotFound`, `NotYourTrack` or `EmptyTitle`."""
    track = await tracks.get(command.track_id)
    track.edit(actor, title=command.title, artist=command.artist, album=command.album)
    await tracks.save(track)
    await queue.touch()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTrack(Command[None]):
    track_id: TrackId


async def delete_track(
    command: DeleteTrack,
    actor: Actor,
    tracks: TrackRepository,
    queue: QueueRepository,
    clock: Clock,
) -> None:
    """Take a track out of the library; its files follow when they are swept.

    Raises:
        TrackNotFound, NotYourTrack: It cannot be deleted by this person.
        TrackInQueue: Somebody waits for it, or it plays.
    """
    track = await tracks.get(command.track_id)
    track.check_may_change(actor, "delete")
    if await queue.is_in_use(track.id):
        raise TrackInQueue(
            f"“{track.title}” is in the queue. Remove it there first, or wait until it has played.",
            track_id=track.id,
            title=track.title,
        )
    track.delete(actor, at=clock.now())
    await tracks.save(track)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProgress(Command[None]):
    """How much of a track has been listened to, between 0 and 1."""

    track_id: TrackId
    fraction: float


async def report_progress(
    command: ReportProgress, tracks: TrackRepository, queue: QueueRepository
) -> None:
    """Show how far an analysis is. Raises `TrackNotFound`."""
    track = await tracks.get(command.track_id)
    if track.report_progress(command.fraction):
        await tracks.save(track)
        await queue.touch()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAnalysis(Command[None]):
    track_id: TrackId
    analysis: Analysis


async def complete_analysis(
    command: CompleteAnalysis, tracks: TrackRepository, queue: QueueRepository
) -> None:
    """Make a track playable; what waits for it in the queue is queued. Raises `TrackNotFound`."""
    track = await tracks.get(command.track_id)
    if track.complete(command.analysis):
        await tracks.save(track)
        await queue.track_ready(track.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectTrack(Command[None]):
    track_id: TrackId
    reason: Cause


async def reject_track(
    command: RejectTrack, tracks: TrackRepository, queue: QueueRepository
) -> None:
    """Mark a track as unplayable, and what waits for it in the queue. Raises `TrackNotFound`."""
    track = await tracks.get(command.track_id)
    if track.reject(command.reason):
        await tracks.save(track)
        await queue.track_failed(track.id, command.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUpStuckTracks(Command[int]):
    """Done by the box itself, now and then."""

    uploaded_before: datetime


async def give_up_stuck_tracks(
    command: GiveUpStuckTracks, tracks: TrackRepository, queue: QueueRepository
) -> int:
    """Reject what was uploaded long ago and is still being analysed; how many there were.

    Its job is dead, or was never made; nobody else would ever say so.
    """
    stuck = await tracks.analysing_since(command.uploaded_before)
    for track in stuck:
        track.reject(STUCK)
        await tracks.save(track)
        await queue.track_failed(track.id, STUCK)
    return len(stuck)


COMMANDS = (
    add_track,
    edit_track,
    delete_track,
    report_progress,
    complete_analysis,
    reject_track,
    give_up_stuck_tracks,
)

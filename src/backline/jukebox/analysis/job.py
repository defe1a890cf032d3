"""The job `audio.analyse`: one uploaded file is listened to, and the room hears what came of it."""

from contextlib import suppress

import structlog

from backline.jukebox.analysis.limits import AnalysisLimits
from backline.jukebox.analysis.process import Findings, Interrupted, Refusal, analyse
from backline.jukebox.commands.tracks import STUCK, CompleteAnalysis, RejectTrack, ReportProgress
from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.tracks import Analysis, TrackId, TrackNotFound
from backline.jukebox.ports import MediaStore
from backline.jukebox.queries.tracks import GetTrack
from backline.kit.core.actor import SYSTEM
from backline.kit.core.errors import BacklineError
from backline.kit.jobs.queue import Job
from backline.kit.mediator import Mediator

KIND = "audio.analyse"

_STEP = 0.05
_FILE_GONE = Cause(
    CauseCode.FILE_GONE, "The uploaded file is not on this machine any more. Upload it again."
)

log = structlog.get_logger()


class AnalyseAudio:
    """The handler of the job. Safe to be given the same job again, at any point.

    Args:
        mediator: Of the jukebox.
        store: Where the uploaded file lies and new ones go.
        limits: Of one file and of the process that decodes it.
    """

    def __init__(
        self, mediator: Mediator, store: MediaStore, limits: AnalysisLimits | None = None
    ) -> None:
        self._mediator = mediator
        self._store = store
        self._limits = limits or AnalysisLimits()

    async def __call__(self, job: Job) -> None:
        """Analyse the file of `payload.track_id`.

        Raises:
            Interrupted: The machine is to blame, and there are attempts left.
        """
        track_id = TrackId(job.payload["track_id"])
        with suppress(TrackNotFound):  # deleted before, or while it was listened to
            track = await self._mediator.send(GetTrack(track_id=track_id), actor=SYSTEM)
            if track.status != "analysing":
                return
            outcome = await self._listen(job, track_id, track.sha256)
            await self._mediator.send(outcome, actor=SYSTEM)

    async def _listen(
        self, job: Job, track_id: TrackId, sha256: str
    ) -> CompleteAnalysis | RejectTrack:
        try:
            return CompleteAnalysis(
                track_id=track_id, analysis=await self._analysis(job, track_id, sha256)
            )
        except Refusal as refusal:
            return RejectTrack(track_id=track_id, reason=refusal.cause)
        except (Interrupted, OSError) as error:
            if job.attempt < job.max_attempts:
                raise Interrupted(str(error)) from error
            log.exception("analysis_given_up", track_id=track_id)
            return RejectTrack(track_id=track_id, reason=STUCK)

    async def _analysis(self, job: Job, track_id: TrackId, sha256: str) -> Analysis:
        path = self._store.path_of(sha256)
        if not path.is_file():
            raise Refusal(_FILE_GONE)
        shown = 0.0

        async def show(fraction: float) -> None:
            nonlocal shown
            await job.progress(fraction)
            if fraction - shown >= _STEP:
                shown = fraction
                # Another upload may have changed the room at this moment; the next step will show.
                with suppress(BacklineError):
                    command = ReportProgress(track_id=track_id, fraction=fraction)
                    await self._mediator.send(command, actor=SYSTEM)

        async with self._store.workspace() as workspace:
            findings = await analyse(
                path, workspace, self._limits, progress=show, free=self._store.free()
            )
            return await self._keep(findings, sha256)

    async def _keep(self, findings: Findings, sha256: str) -> Analysis:
        """Move what was written into the store. What is never referred to is swept from there."""
        playable, size, covers = sha256, 0, {}
        if findings.transcript is not None:
            transcript = await self._store.adopt(findings.transcript)
            playable, size = transcript.sha256, transcript.size
        for side, path in findings.covers.items():
            cover = await self._store.adopt(path)
            covers[side], size = cover.sha256, size + cover.size
        return Analysis(
            title=findings.title,
            artist=findings.artist,
            album=findings.album,
            duration_s=findings.duration_s,
            content_type=findings.content_type,
            loudness_lufs=findings.loudness_lufs,
            peak=findings.peak,
            gain_db=findings.gain_db,
            waveform=findings.waveform,
            playable_sha256=playable,
            covers=covers,
            derived_size=size,
        )

"""A stored upload becomes a job, once."""

from backline.api.jukebox.v1 import events_pb2
from backline.jukebox.analysis.job import KIND
from backline.kit.jobs.queue import JobQueue
from backline.kit.messaging.log import Delivered


async def on_track_uploaded(message: Delivered, jobs: JobQueue) -> None:
    """Have the file analysed. A second delivery finds the job of the first."""
    event = events_pb2.TrackUploaded.FromString(message.payload)
    payload = {"track_id": event.track_id, "sha256": event.sha256}
    await jobs.enqueue(KIND, payload, key=str(message.id))


SUBSCRIPTIONS = {"jukebox.v1.TrackUploaded": on_track_uploaded}

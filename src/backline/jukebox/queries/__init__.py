"""What can be asked about the jukebox."""

from backline.jukebox.queries import (
    changes,
    demo,
    health,
    personal,
    queue,
    room,
    stage,
    tracks,
)

QUERIES = (
    *changes.QUERIES,
    *demo.QUERIES,
    *health.QUERIES,
    *personal.QUERIES,
    *queue.QUERIES,
    *room.QUERIES,
    *stage.QUERIES,
    *tracks.QUERIES,
)

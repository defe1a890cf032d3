"""One item, decoded ahead by a thread of its own."""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from backline.player.domain import NO_URLS, ErrorCode, Media
from backline.player.miniaudio.ring import SAMPLE_RATE, Frames, Ring
from backline.player.miniaudio.sources import BLOCK, Unplayable, decode
from backline.player.miniaudio.units import to_frames, to_timedelta

logger = logging.getLogger(__name__)

HEAD = SAMPLE_RATE // 4  # enough to begin with
AHEAD = 4 * SAMPLE_RATE


class Voice:
    """Reads an item from the frame `start` on. Safe to use by one reader beside its own thread.

    Args:
        root: Only a file below it is opened.
        ahead: So many frames are kept decoded.
        on_news: Called by the thread when the item becomes ready, and when it has ended.

    Attributes:
        position: The frame of the item that comes next.
        ended: Everything has been decoded; what is buffered is the rest.
        error: Why decoding ended before the end, if so. What is buffered may still be played.
    """

    def __init__(
        self,
        media: Media,
        start: int,
        *,
        root: Path | None = None,
        ahead: int = AHEAD,
        on_news: Callable[[], None] = lambda: None,
    ) -> None:
        self.media = media
        self.position = start
        self.ended = False
        self.error: Unplayable | None = None
        self._start = start
        self._stop_at = None if media.cue_out is None else to_frames(media.cue_out)
        self._root = root
        self._ring = Ring(max(ahead, 2 * HEAD))
        self._room = Event()
        self._closed = False
        self._on_news = on_news
        Thread(target=self._run, name=f"decode {media.item_id}", daemon=True).start()

    @property
    def filled(self) -> int:
        return self._ring.filled

    @property
    def ready(self) -> bool:
        """Whether it may begin to sound."""
        return self.ended or self._ring.filled >= HEAD

    @property
    def exhausted(self) -> bool:
        return self.ended and not self._ring.filled

    @property
    def end(self) -> int:
        """The frame at which it ends, as far as is known now.

        The backend's word holds until the decoder has seen the end, or has got past it.
        """
        known = self.position + self._ring.filled
        return known if self.ended else max(to_frames(self.media.end), known)

    @property
    def truncated(self) -> bool:
        """Whether the file turned out to be much shorter than was declared."""
        return self.ended and self.media.truncated_at(to_timedelta(self.end))

    def peek(self, frames: int) -> Frames:
        return self._ring.peek(frames)

    def take(self, frames: int) -> Frames:
        block = self._ring.take(frames)
        self.position += len(block)
        if not self.ended and self._ring.room >= BLOCK:
            self._room.set()
        return block

    def close(self) -> None:
        """Let go of the file; the thread ends by itself."""
        self._closed = True
        self._room.set()

    def _run(self) -> None:
        try:
            self._decode()
        except Unplayable as error:
            self.error = error
        except Exception:
            logger.exception("decoding of %s broke", self.media.item_id)
            self.error = Unplayable(ErrorCode.CORRUPT, "The file could not be decoded.")
        self.ended = True
        self._on_news()

    def _decode(self) -> None:
        if not self.media.path:
            raise Unplayable(ErrorCode.FETCH_FAILED, NO_URLS)
        path = Path(self.media.path)
        if self._root is not None and not path.resolve().is_relative_to(self._root.resolve()):
            raise Unplayable(ErrorCode.NOT_FOUND, "The file lies outside of the media folder.")
        at = self._start
        for block in decode(path, self._start):
            if self._stop_at is not None:
                block = block[: max(0, self._stop_at - at)]  # noqa: PLW2901 - cut, not replaced
            if not len(block) or not self._write(block):
                break
            at += len(block)
        if at == 0:
            raise Unplayable(ErrorCode.CORRUPT, "The file holds no sound.")

    def _write(self, block: Frames) -> bool:
        while self._ring.room < len(block):
            self._room.clear()
            if self._ring.room < len(block) and not self._closed:
                self._room.wait()
            if self._closed:
                return False
        if self._closed:
            return False
        was_ready = self.ready
        self._ring.write(block)
        if self.ready and not was_ready:
            self._on_news()
        return True

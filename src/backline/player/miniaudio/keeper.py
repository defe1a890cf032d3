"""Keeps the mixer pulled by a sound device, whatever becomes of the device."""

import asyncio
import logging
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

from backline.player.domain import Output
from backline.player.miniaudio.outputs import (
    AUTO,
    CHOSEN,
    NULL,
    NULL_OUTPUT,
    Device,
    Outputs,
    OutputUnavailable,
)
from backline.player.miniaudio.ring import SAMPLE_RATE

logger = logging.getLogger(__name__)

WATCH_EVERY_S = 0.1
RETRY_EVERY_S = 1.0  # while a device is lost
LOOK_EVERY_S = 15.0  # for a device where there was none
HASTE = 2.0  # times real time
HASTE_FLOOR_S = 10.0  # of sound that a device may take at once


class OutputKeeper:
    """Opens the wanted output, notices when it falls silent, and brings it back.

    Attributes:
        output: The one in use, or the one that is missing.
        known: What could be selected, as of the last look.

    Args:
        wanted: `auto`, `null`, or the id of an output. With `auto`, a machine without any sound
            device gets the null output, which says why; a device that was there and went away
            is waited for instead, because a room must not play on unheard.
        stream: Makes a new stream for a device to pull.
        pulled_at: When the device last pulled, in seconds of the monotonic clock.
        rendered: Frames handed to the device so far.
        announce: Told of every change.
    """

    def __init__(
        self,
        outputs: Outputs,
        *,
        wanted: str,
        buffer: timedelta,
        stream: Callable[[], Generator[Any, int, None]],
        pulled_at: Callable[[], float],
        rendered: Callable[[], int],
        announce: Callable[[Output, str], None],
    ) -> None:
        self.output = replace(NULL_OUTPUT, available=False, reason="The player is starting.")
        self.known: tuple[Output, ...] = (NULL_OUTPUT,)
        self._outputs = outputs
        self._wanted = wanted
        self._buffer = buffer
        self._stream = stream
        self._pulled_at = pulled_at
        self._rendered = rendered
        self._announce = announce
        self._device: Device | None = None
        self._opened_at = 0.0
        self._rendered_before = 0
        self._hasty: set[str] = set()
        self._asked: str | None = None
        self._news = asyncio.Event()

    @property
    def latency(self) -> timedelta:
        return self._device.latency if self._device is not None else timedelta(0)

    def select(self, output_id: str) -> None:
        self._asked = output_id
        self._news.set()

    async def open(self) -> None:
        self.known = await asyncio.to_thread(self._outputs.list)
        try:
            await self._open(self._wanted)
        except OutputUnavailable as error:
            why = str(error)
            if self._wanted == AUTO:
                await self._open(NULL, reason=f"{why} Playing silently.")
            else:
                self._miss(replace(NULL_OUTPUT, id=self._wanted, name=self._wanted), why)

    async def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            # Waits for the callback, which waits for the mixer: not on the event loop.
            await asyncio.to_thread(device.close)

    async def watch(self) -> None:
        """Run until cancelled."""
        tried = monotonic()
        while True:
            await self._nap()
            try:
                if await self._tend(monotonic() - tried):
                    tried = monotonic()
            except Exception:
                # Whatever it was, somebody has to go on watching; and nobody hears anything now.
                logger.exception("the sound device could not be tended")
                if self._device is None and self.output.available:
                    self._miss(self.output, "The sound device failed. Trying to reach it again.")
                tried = monotonic()

    async def _tend(self, waited: float) -> bool:
        """Do what is due `waited` seconds after the last attempt; False if nothing was."""
        if self._asked is not None:
            asked, self._asked = self._asked, None
            await self._change(asked)
        elif self._device is not None and not self._is_alive(self._device):
            await self._lose()
        elif self._device is not None and self._is_hasty():
            await self._distrust()
        elif self._device is None and self._wanted not in self._hasty and waited >= RETRY_EVERY_S:
            await self._retry()
        elif self._is_makeshift and waited >= LOOK_EVERY_S:
            await self._look()
        else:
            return False
        return True

    async def _nap(self) -> None:
        try:
            async with asyncio.timeout(WATCH_EVERY_S):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()

    def _is_alive(self, device: Device) -> bool:
        return device.is_alive(monotonic() - max(self._pulled_at(), self._opened_at))

    def _is_hasty(self) -> bool:
        """Whether the device takes sound faster than time passes, as only a sham one does."""
        seconds = (self._rendered() - self._rendered_before) / SAMPLE_RATE
        return seconds > HASTE * (monotonic() - self._opened_at) + HASTE_FLOOR_S

    async def _distrust(self) -> None:
        why = f"The sound device “{self.output.name}” does not keep time."
        self._hasty.add(self.output.id)
        if self._wanted == AUTO:
            await self._open(NULL, reason=f"{why} Playing silently.")
        else:
            await self.close()
            self._miss(self.output, why)

    @property
    def _is_makeshift(self) -> bool:
        return self._wanted == AUTO and self.output.is_null

    async def _open(self, output_id: str, *, reason: str = "") -> None:
        await self.close()  # many cards can be opened only once, and one mixer feeds one device
        device = await asyncio.to_thread(
            self._outputs.open, output_id, self._stream(), self._buffer
        )
        self._device, self._opened_at = device, monotonic()
        self._rendered_before = self._rendered()
        output = device.output
        if output.is_null:
            reason = reason or CHOSEN
            self.output = replace(output, reason=reason)
        else:
            reason = reason or f"The sound goes to “{output.name}”."
            self.output = output
        logger.info("%s", reason)
        self._announce(self.output, reason)

    def _miss(self, output: Output, reason: str) -> None:
        logger.warning("%s", reason)
        self.output = replace(output, available=False, reason=reason)
        self._announce(self.output, reason)

    async def _lose(self) -> None:
        await self.close()
        self._miss(
            self.output, f"The sound device “{self.output.name}” stopped. Trying to reach it again."
        )

    async def _retry(self) -> None:
        try:
            await self._open(self._wanted)
        except OutputUnavailable as error:
            logger.debug("still no sound: %s", error)

    async def _look(self) -> None:
        self.known = await asyncio.to_thread(self._outputs.list)
        if all(output.is_null or output.id in self._hasty for output in self.known):
            return
        try:
            await self._open(AUTO)
        except OutputUnavailable as error:
            await self._open(NULL, reason=f"{error} Playing silently.")

    async def _change(self, wanted: str) -> None:
        if self._device is not None and wanted == self.output.id:
            self._wanted = wanted
            return
        before, self._wanted = self._wanted, wanted
        try:
            await self._open(wanted)
        except OutputUnavailable as error:
            self._wanted = before
            try:
                await self._open(before, reason=f"{error} The sound stays where it was.")
            except OutputUnavailable as also:
                self._miss(self.output, str(also))

"""Which sound formats are taken, and how their first bytes tell them apart."""

from enum import Enum

from backline.jukebox.domain.uploads import NotAudio

HEAD_LENGTH = 4096
"""Bytes that `sniff` wants to see; fewer only if the file is shorter."""

TAKEN = "WAV, MP3, FLAC, Ogg Vorbis, Opus or AIFF"


class Format(Enum):
    """A container with the only codec that is taken in it. The value is its media type."""

    WAV = "audio/wav"
    MP3 = "audio/mpeg"
    FLAC = "audio/flac"
    OGG_VORBIS = "audio/ogg"
    OPUS = "audio/ogg; codecs=opus"
    AIFF = "audio/aiff"

    @property
    def extension(self) -> str:
        return _EXTENSIONS[self]


_EXTENSIONS = {
    Format.WAV: "wav",
    Format.MP3: "mp3",
    Format.FLAC: "flac",
    Format.OGG_VORBIS: "ogg",
    Format.OPUS: "opus",
    Format.AIFF: "aiff",
}

_ID3_HEADER = 10
_MPEG_SYNC = 0xFFE0
_LONGEST_FRAME = 1441  # bytes, of layer III at 320 kbit/s and 32 kHz
_KBIT_RATES = {  # (MPEG 1?, layer) -> kbit/s by index, ISO 11172-3 §2.4.2.3 and 13818-3 §2.4.2.3
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def sniff(head: bytes) -> Format | None:
    """The format that a file begins as, or None. It proves nothing about what follows."""
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return Format.WAV
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return Format.AIFF
    if head[:4] == b"fLaC":
        return Format.FLAC
    if head[:4] == b"OggS":
        return _ogg(head)
    if head[:3] == b"ID3":
        return _after_id3(head)
    return Format.MP3 if _mpeg_frames_soon(head) else None


def check_audio(head: bytes) -> Format:
    """As `sniff`. Raises `NotAudio`."""
    found = sniff(head)
    if found is None:
        raise NotAudio(f"This is not a sound file we can read. Upload {TAKEN}.")
    return found


def id3_length(head: bytes) -> int:
    """Bytes of the ID3v2 tag at the beginning, its header included; 0 without one."""
    if head[:3] != b"ID3" or len(head) < _ID3_HEADER:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    footer = 10 if head[5] & 0x10 else 0
    return _ID3_HEADER + size + footer


def mpeg_frame(header: bytes) -> tuple[int, int, int] | None:
    """Length in bytes, sample rate and samples of the MPEG audio frame with this header."""
    if len(header) < 4 or int.from_bytes(header[:2]) & _MPEG_SYNC != _MPEG_SYNC:  # noqa: PLR2004
        return None
    version, layer_bits = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate_index, frequency_index, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer_bits == 0 or rate_index in {0, 15} or frequency_index == 3:  # noqa: PLR2004
        return None
    layer, first = 4 - layer_bits, version == 3  # noqa: PLR2004
    bits = _KBIT_RATES[first, layer][rate_index] * 1000
    rate = _SAMPLE_RATES[version][frequency_index]
    if layer == 1:
        return (12 * bits // rate + padding) * 4, rate, 384
    samples = 576 if layer == 3 and not first else 1152  # noqa: PLR2004
    return samples // 8 * bits // rate + padding, rate, samples


def mpeg_frames(head: bytes, start: int, *, most: int = 3) -> int:
    """How many frames follow one another from `start` on, of the same sample rate."""
    at, rates, seen = start, set[int](), 0
    while seen < most and at + 4 <= len(head):
        frame = mpeg_frame(head[at : at + 4])
        if frame is None:
            return 0
        length, rate, _ = frame
        at, seen = at + length, seen + 1
        rates.add(rate)
    return seen if len(rates) == 1 else 0


def _mpeg_frames_soon(head: bytes) -> bool:
    """True for frames at the beginning, or behind the rest of one that was cut through."""
    if mpeg_frames(head, 0) >= 2:  # noqa: PLR2004 - of large frames no more fit into the head
        return True
    starts = (at for at in range(1, min(len(head), _LONGEST_FRAME)) if head[at] == 0xFF)  # noqa: PLR2004
    return any(mpeg_frames(head, at) == 3 for at in starts)  # noqa: PLR2004


def _ogg(head: bytes) -> Format | None:
    if b"\x01vorbis" in head[:128]:
        return Format.OGG_VORBIS
    if b"OpusHead" in head[:128]:
        return Format.OPUS
    return None


def _after_id3(head: bytes) -> Format | None:
    """A tag may be longer than the head (a cover); then the benefit of the doubt is MP3's."""
    rest = head[id3_length(head) :]
    if not rest:
        return Format.MP3
    if rest[:4] == b"fLaC":
        return Format.FLAC
    rest = rest.lstrip(b"\0")
    return Format.MP3 if not rest or _mpeg_frames_soon(rest) else None

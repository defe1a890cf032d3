"""What a track is called, who may change it, and how it is found again."""

from dataclasses import replace

import pytest

from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.formats import Format, check_audio, sniff
from backline.jukebox.domain.searching import plain, searchable, words
from backline.jukebox.domain.tracks import (
    TEXT_LENGTH,
    EmptyTitle,
    NotYourTrack,
    TrackAnalysed,
    TrackRejected,
    TrackStatus,
    TrackUploaded,
    clean_text,
    title_of_file,
)
from backline.jukebox.domain.uploads import (
    DiskFull,
    EmptyUpload,
    LibraryRules,
    NotAudio,
    QuotaReached,
    UploadsNotAllowed,
    UploadTooLarge,
    in_words,
)
from backline.kit.core.actor import ANONYMOUS, Role
from backline.kit.testing.clock import EPOCH
from tests.audio import FORMATS, song, with_id3
from tests.jukebox.library import ANN, BOB, GUS, HAL, a_track
from tests.jukebox.test_tracks_repository import FOUND

DAMAGED = Cause(CauseCode.DAMAGED, "It is damaged.")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Night Bus.mp3", "Night Bus"),
        ("night_bus.final.flac", "night bus.final"),
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\drivers.wav", "drivers"),
        ("/absolute/path/song.ogg", "song"),
        ("Ночной автобус 🚌.opus", "Ночной автобус 🚌"),
        ("<img src=x onerror=alert(1)>.mp3", "<img src=x onerror=alert(1)>"),
        ("\u202egnp.exe\u202c.mp3", "gnp.exe"),
        ("song\0.mp3", "song"),
        (".mp3", ".mp3"),
        ("CON", "CON"),
        ("", "Untitled"),
        ("   .mp3", "Untitled"),
        ("x" * 5000 + ".mp3", "x" * (TEXT_LENGTH - 1) + "…"),
    ],
)
def test_a_file_name_becomes_a_title_and_nothing_else(name: str, title: str) -> None:
    assert title_of_file(name) == title


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  two\n\tlines ", "two lines"),
        ("bell\x07 escape\x1b[31m null\0", "bell escape[31m null"),
        ("\u202eright to left\u2069\ufeff", "right to left"),
        ("zero\u200bwidth", "zerowidth"),
        ("\ue000private", "private"),
        ("family 👨\u200d👩\u200d👧 stays", "family 👨\u200d👩\u200d👧 stays"),
        ("e\u0301", "é"),
        ("\ud800lone surrogate", "lone surrogate"),
        ("\u200d \u3164\ufe0f\u2800", ""),
    ],
)
def test_texts_are_fit_to_be_shown(text: str, clean: str) -> None:
    assert clean_text(text) == clean


def test_a_cut_never_separates_a_letter_from_its_accents() -> None:
    accents = "x\u0334" * TEXT_LENGTH

    cut = clean_text(accents)

    assert len(cut) <= TEXT_LENGTH
    assert cut.endswith("…")
    assert not cut.startswith("\u0334")


def test_a_long_way_of_saying_nothing_costs_nothing() -> None:
    assert clean_text("\0" * 10_000_000) == ""


# Its life


def test_an_upload_has_to_be_analysed() -> None:
    track = a_track()

    assert track.status is TrackStatus.ANALYSING
    assert track.events == [TrackUploaded(track.id, track.sha256)]


def test_an_analysis_fills_in_what_the_tags_say() -> None:
    track = a_track()

    assert track.complete(FOUND)

    assert (track.title, track.artist, track.status) == (
        "Night Bus",
        "The Valve Room",
        TrackStatus.READY,
    )
    assert track.events[-1] == TrackAnalysed(track.id, "Night Bus", "The Valve Room", 183.2)


def test_an_analysis_leaves_alone_what_somebody_wrote() -> None:
    track = a_track()
    track.edit(ANN, title="My title")

    track.complete(FOUND)

    assert (track.title, track.artist) == ("My title", "The Valve Room")


def test_a_file_without_tags_keeps_the_name_of_its_file() -> None:
    track = a_track(file_name="night bus.wav")

    track.complete(replace(FOUND, title=" \0 ", artist=""))

    assert (track.title, track.artist) == ("night bus", "")


def test_an_analysis_ends_once() -> None:
    track = a_track()
    track.complete(FOUND)

    assert not track.complete(FOUND)
    assert not track.reject(DAMAGED)
    assert not track.report_progress(0.5)
    assert track.status is TrackStatus.READY


def test_progress_only_goes_forward() -> None:
    track = a_track()

    assert track.report_progress(0.5)
    assert not track.report_progress(0.4)
    assert track.report_progress(7.0)
    assert track.progress == 1.0


def test_a_failed_track_may_be_tried_again() -> None:
    track = a_track()
    track.reject(DAMAGED)

    track.analyse_again(at=EPOCH)

    assert (track.status, track.error) == (TrackStatus.ANALYSING, None)
    uploaded = TrackUploaded(track.id, track.sha256)
    assert track.events == [uploaded, TrackRejected(track.id, DAMAGED.detail), uploaded]


@pytest.mark.parametrize("actor", [ANN, HAL])
def test_uploaders_and_hosts_may_edit(actor) -> None:
    track = a_track(by=ANN)

    track.edit(actor, title=" Night\u202e Bus ", artist="")

    assert (track.title, track.artist) == ("Night Bus", "")


@pytest.mark.parametrize("actor", [BOB, GUS, ANONYMOUS])
def test_others_may_not(actor) -> None:
    with pytest.raises(NotYourTrack, match="uploaded by Ann"):
        a_track(by=ANN).edit(actor, title="mine now")


def test_nobody_is_not_the_box() -> None:
    """A track that the box made itself is of user 0; so is everybody who is not logged in."""
    with pytest.raises(NotYourTrack):
        a_track(by=ANONYMOUS).edit(ANONYMOUS, title="mine now")


def test_a_title_has_to_show_something() -> None:
    with pytest.raises(EmptyTitle):
        a_track().edit(ANN, title=" \u202e ")


# What the room takes


def test_guests_upload_only_where_they_may() -> None:
    with pytest.raises(UploadsNotAllowed, match="Register or log in"):
        LibraryRules().check_may_upload(GUS)
    LibraryRules(upload_role=Role.GUEST).check_may_upload(GUS)
    LibraryRules().check_may_upload(ANN)


def test_sizes_are_checked() -> None:
    rules = LibraryRules(max_file=1000)

    rules.check_size(1000)
    with pytest.raises(EmptyUpload):
        rules.check_size(0)
    with pytest.raises(UploadTooLarge):
        rules.check_size(1001)


def test_everybody_has_a_share_and_hosts_have_the_house() -> None:
    rules = LibraryRules(user_quota=100, library_quota=1000)

    rules.check_quota(ANN, 50, theirs=50, everybodys=500)
    rules.check_quota(HAL, 500, theirs=500, everybodys=500)
    with pytest.raises(QuotaReached, match="Your tracks"):
        rules.check_quota(ANN, 51, theirs=50, everybodys=500)
    with pytest.raises(QuotaReached, match="library is full"):
        rules.check_quota(HAL, 1, theirs=0, everybodys=1000)


def test_the_disk_keeps_its_floor() -> None:
    with pytest.raises(DiskFull):
        LibraryRules(disk_floor=1000).check_disk(free=1500, size=501)


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 kB"), (200 * 1024**2, "200 MB"), (3 * 1024**3 // 2, "1.5 GB")]
)
def test_sizes_are_said_in_words(size: int, said: str) -> None:
    assert in_words(size) == said


# What it is


@pytest.mark.parametrize(
    ("extension", "kind"),
    [
        ("wav", Format.WAV),
        ("mp3", Format.MP3),
        ("flac", Format.FLAC),
        ("ogg", Format.OGG_VORBIS),
        ("opus", Format.OPUS),
        ("aiff", Format.AIFF),
    ],
)
def test_a_format_is_told_by_its_first_bytes(extension: str, kind: Format) -> None:
    assert sniff(song(extension, 0.5)[:4096]) is kind
    assert kind.extension == extension
    assert extension in FORMATS


def test_a_tag_before_the_sound_is_looked_behind() -> None:
    assert sniff(with_id3(song("mp3", 0.5), title="x")[:4096]) is Format.MP3
    assert sniff(with_id3(song("flac", 0.5), title="x")[:4096]) is Format.FLAC
    assert sniff(with_id3(b"<html>", title="x")) is None


def test_an_mp3_that_was_cut_out_of_a_longer_one_is_known() -> None:
    """It begins in the middle of a frame."""
    assert sniff(song("mp3", 2.0)[1000:5096]) is Format.MP3
    assert sniff(with_id3(song("mp3", 2.0)[1000:], title="x")[:4096]) is Format.MP3


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0" * 4096,
        b"<!doctype html>",
        b"#EXTM3U\n",
        b"PK\x03\x04",
        b"RIFF\0\0\0\0WEBP",
        b"\x1a\x45\xdf\xa3",
        b"OggS" + b"\0" * 100,
        b"\xff\xfb\x90\x64" + b"<script>" * 500,
    ],
)
def test_everything_else_is_refused_in_words(head: bytes) -> None:
    with pytest.raises(NotAudio, match="WAV, MP3, FLAC, Ogg Vorbis, Opus or AIFF"):
        check_audio(head)


# Finding


@pytest.mark.parametrize(
    ("text", "found_by"),
    [
        ("Björk", "bjork"),
        ("MØ", "mo"),
        ("Ночной ещё", "еще"),
        ("Don\u2019t Stop", "dont"),
        ("AC/DC", "ac dc"),
        ("STRASSE", "straße"),
        ("ﬁnale", "finale"),
        ("Łódź", "lodz"),
    ],
)
def test_spelling_does_not_matter(text: str, found_by: str) -> None:
    assert all(word in searchable(text) for word in words(found_by))


def test_wildcards_are_no_wildcards() -> None:
    assert plain("100%_\\") == "100"


def test_a_search_is_no_essay() -> None:
    assert len(words("la " * 1000)) == 12

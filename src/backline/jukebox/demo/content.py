"""Who is in the demo, what they bring, and what has been played before one came in."""

from dataclasses import dataclass

from backline.kit.core.actor import Role

ROOM = ("The Valve Room", "Open stage, Friday")
"""Name and tagline, for a room that has none."""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """`name` is what they would log in with; a guest has none and is only called so here."""

    name: str
    display_name: str
    role: Role = Role.LISTENER


PEOPLE = (
    DemoPerson("nina", "Nina Kallas", Role.HOST),
    DemoPerson("maya", "Maya"),
    DemoPerson("tom", "Tom"),
    DemoPerson("priya", "Priya"),
    DemoPerson("sam", "Sam"),
    DemoPerson("leila", "Leila"),
    DemoPerson("ines", "Inês"),
    DemoPerson("wen", "Wen"),
    DemoPerson("anton", "Антон"),
    DemoPerson("dasha", "Даша"),
    DemoPerson("emre", "Emre"),
    DemoPerson("kofi", "Kofi", Role.GUEST),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSong:
    """One sound to make.

    Attributes:
        key: What it is known by, whatever becomes of its title.
        by: Who brings it, by name.
        seconds: How long it is.
        style: Which instruments play; see `sounds`.
        root: The lowest note, in semitones from A at 110 Hz.
        bpm: Beats in a minute.
        chords: Steps of the scale on which the four bars stand.
        minor: Whether the scale is.
        cover: Two colours and a figure of an embedded picture; empty for none.
        kind: The format of the file.
        broken_at_s: Where the file breaks off; None for a whole one.
    """

    key: str
    title: str
    artist: str
    album: str = ""
    by: str
    seconds: int
    style: str
    root: int
    bpm: int
    chords: tuple[int, int, int, int]
    minor: bool = False
    cover: tuple[str, str, str] | tuple[()] = ()
    kind: str = "flac"
    broken_at_s: int | None = None


SONGS = (
    DemoSong(
        key="slow-neon", title="Slow Neon", artist="Harbour Lights", album="Tide Tables", by="maya",
        seconds=88, style="neon", root=3, bpm=88, chords=(0, 5, 3, 4), minor=True,
        cover=("#3d2d69", "#ffb454", "sun"),
    ),
    DemoSong(
        key="paper-lanterns", title="Paper Lanterns", artist="Ada Vento", album="Thirty Umbrellas",
        by="tom", seconds=68, style="bells", root=5, bpm=96, chords=(0, 4, 5, 3),
        cover=("#571f38", "#f2a65a", "lanterns"),
    ),
    DemoSong(
        key="kettle-song", title="Kettle Song", artist="The Tin Roofs", album="Low Pressure",
        by="priya", seconds=56, style="plucks", root=0, bpm=112, chords=(0, 3, 4, 3),
        cover=("#14474b", "#8fe0d2", "waves"),
    ),
    DemoSong(
        key="northbound", title="Northbound, Late", artist="Juno Park", by="nina",
        seconds=77, style="drive", root=-2, bpm=118, chords=(0, 5, 2, 4), minor=True,
    ),
    DemoSong(
        key="everything-in-orange", title="Everything in Orange", artist="Mirrorball Club",
        album="B-Sides for the Bus", by="sam", seconds=73, style="drive", root=2, bpm=122,
        chords=(0, 4, 5, 3), cover=("#5a2c28", "#ff9d5c", "tiles"),
    ),
    DemoSong(
        key="second-hand-moons", title="Second-hand Moons", artist="Pilot Lamp", by="sam",
        seconds=232, style="bells", root=1, bpm=72, chords=(0, 2, 5, 4), kind="wav", broken_at_s=7,
    ),
    DemoSong(
        key="half-a-mile-of-rain", title="Half a Mile of Rain", artist="Otto & the Drift",
        by="leila", seconds=82, style="neon", root=-3, bpm=80, chords=(0, 3, 5, 4), minor=True,
        cover=("#2c3a73", "#9fb4ff", "rain"),
    ),
    DemoSong(
        key="the-long-way-home",
        title="The Long Way Home with Copper Wire in Both Pockets (Live at the Depot)",
        artist="Low Ceiling", by="ines", seconds=95, style="organ", root=0, bpm=92,
        chords=(0, 4, 3, 3),
    ),
    DemoSong(
        key="garden-on-the-roof", title="Garden on the Roof", artist="Vela Marsh", by="wen",
        seconds=63, style="plucks", root=7, bpm=104, chords=(0, 5, 3, 4), kind="ogg",
    ),
    DemoSong(
        key="salt-on-the-window", title="Salt on the Window", artist="Ebb", by="dasha",
        seconds=86, style="organ", root=-5, bpm=70, chords=(0, 5, 3, 4), minor=True,
    ),
    DemoSong(
        key="warm-static", title="Warm Static", artist="Night Bus 9", album="Last Stop", by="nina",
        seconds=70, style="neon", root=5, bpm=84, chords=(0, 2, 3, 4),
        cover=("#4b2749", "#ff8fb1", "rings"),
    ),
    DemoSong(
        key="orange-peel-moon", title="Orange Peel Moon", artist="Dana Holloway", by="leila",
        seconds=66, style="bells", root=3, bpm=90, chords=(0, 3, 4, 5),
        cover=("#571f38", "#ffb454", "moon"),
    ),
    DemoSong(
        key="burnt-orange", title="Burnt Orange", artist="The Tin Roofs", album="Low Pressure",
        by="priya", seconds=51, style="plucks", root=-2, bpm=124, chords=(0, 5, 4, 3), minor=True,
    ),
    DemoSong(
        key="wet-tuesday", title="Wet Tuesday", artist="Marrow", by="tom", seconds=60,
        style="organ", root=2, bpm=86, chords=(0, 4, 5, 4), minor=True,
    ),
    DemoSong(
        key="last-ferry-waltz", title="Last Ferry Waltz", artist="Harbour Lights",
        album="Tide Tables", by="maya", seconds=73, style="bells", root=-4, bpm=100,
        chords=(0, 3, 0, 4), cover=("#3d2d69", "#8fe0d2", "waves"),
    ),
    DemoSong(
        key="thirty-umbrellas", title="Thirty Umbrellas", artist="Ada Vento",
        album="Thirty Umbrellas", by="ines", seconds=53, style="plucks", root=5, bpm=116,
        chords=(0, 4, 3, 4),
    ),
    DemoSong(
        key="glass-elevator", title="Glass Elevator", artist="Pilot Lamp", by="emre", seconds=68,
        style="drive", root=0, bpm=126, chords=(0, 2, 5, 3), minor=True,
        cover=("#2c3945", "#9fd8ff", "tiles"),
    ),
    DemoSong(
        key="corner-shop-symphony", title="Corner Shop Symphony", artist="Marrow", by="wen",
        seconds=61, style="organ", root=7, bpm=108, chords=(0, 5, 3, 4),
    ),
    DemoSong(
        key="two-spoons", title="Two Spoons", artist="Mina Okafor", by="priya", seconds=49,
        style="plucks", root=4, bpm=132, chords=(0, 3, 4, 4), kind="mp3",
        cover=("#4a402f", "#f0d9a0", "rings"),
    ),
    DemoSong(
        key="tape-hiss-lullaby", title="Tape Hiss Lullaby", artist="Night Bus 9",
        album="Last Stop", by="leila", seconds=79, style="bells", root=-7, bpm=66,
        chords=(0, 5, 3, 4),
    ),
    DemoSong(
        key="rue-des-lilas", title="Rue des Lilas", artist="Café Parallèle", by="ines",
        seconds=64, style="organ", root=2, bpm=98, chords=(0, 3, 4, 0),
        cover=("#2f4a2e", "#c9b6ff", "lanterns"),
    ),
    DemoSong(
        key="light-in-the-kitchen", title="Свет на кухне", artist="Тихий ход", by="anton",
        seconds=75, style="neon", root=0, bpm=94, chords=(0, 5, 3, 4), minor=True,
        cover=("#153f5b", "#ffcf7a", "moon"),
    ),
    DemoSong(
        key="tram-to-the-sea", title="Трамвай до моря", artist="Соседи сверху", by="dasha",
        seconds=57, style="drive", root=5, bpm=114, chords=(0, 4, 5, 3),
    ),
    DemoSong(
        key="small-hours", title="Small Hours", artist="Juno Park", by="emre", seconds=71,
        style="bells", root=-2, bpm=76, chords=(0, 3, 5, 4), minor=True, kind="opus",
    ),
)  # fmt: skip

QUEUE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("slow-neon", "maya", ("tom", "sam")),
    ("paper-lanterns", "tom", ("maya", "priya", "leila", "wen")),
    ("kettle-song", "priya", ("maya", "tom", "sam", "ines", "wen", "emre", "kofi")),
    ("northbound", "nina", ("tom", "anton", "dasha")),
    ("everything-in-orange", "sam", ("maya", "priya", "leila", "wen", "kofi")),
    ("second-hand-moons", "sam", ()),
    ("half-a-mile-of-rain", "leila", ("priya", "emre")),
    ("the-long-way-home", "ines", ("wen",)),
    ("garden-on-the-roof", "wen", ()),
    ("salt-on-the-window", "kofi", ("dasha",)),
)
"""What is wished for: the song, by whom, and who votes for it. One of the files is broken."""

EARLIER = (
    "last-ferry-waltz", "glass-elevator", "slow-neon", "two-spoons", "light-in-the-kitchen",
    "burnt-orange", "half-a-mile-of-rain", "rue-des-lilas", "paper-lanterns", "small-hours",
    "corner-shop-symphony", "kettle-song", "tape-hiss-lullaby", "northbound", "tram-to-the-sea",
    "garden-on-the-roof", "thirty-umbrellas", "everything-in-orange", "wet-tuesday",
)  # fmt: skip
"""Heard in the two hours before the last one, by their keys, oldest first."""

LATELY = (
    "orange-peel-moon", "tram-to-the-sea", "last-ferry-waltz", "burnt-orange", "two-spoons",
    "warm-static", "corner-shop-symphony", "light-in-the-kitchen", "glass-elevator", "wet-tuesday",
    "rue-des-lilas",
)  # fmt: skip
"""Heard in the last hour, one after another. Nothing that is in `QUEUE`: the rule keeps a song
from coming back within the hour."""

SKIPPED = {"corner-shop-symphony": 0.22, "two-spoons": 0.61}
"""Of `EARLIER`: how much was heard before they were skipped."""

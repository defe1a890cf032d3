"""Events become protobuf messages of the same name and fields."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    message_factory,
    timestamp_pb2,
)
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from backline.kit.core.context import RequestContext, enter
from backline.kit.core.messages import Event
from backline.kit.outbox.codec import ProtobufCodec

FIELD = descriptor_pb2.FieldDescriptorProto


def a_module():
    """What protoc would have generated for one message that has every kind of field."""
    file = descriptor_pb2.FileDescriptorProto(
        name="test/codec.proto",
        package="test.v1",
        syntax="proto3",
        dependency=["google/protobuf/timestamp.proto", "google/protobuf/duration.proto"],
    )
    message = file.message_type.add(name="Played")
    for number, (name, kind, repeated, type_name) in enumerate(
        [
            ("title", FIELD.TYPE_STRING, False, ""),
            ("number", FIELD.TYPE_INT64, False, ""),
            ("share", FIELD.TYPE_DOUBLE, False, ""),
            ("live", FIELD.TYPE_BOOL, False, ""),
            ("cover", FIELD.TYPE_BYTES, False, ""),
            ("at", FIELD.TYPE_MESSAGE, False, ".google.protobuf.Timestamp"),
            ("lasted", FIELD.TYPE_MESSAGE, False, ".google.protobuf.Duration"),
            ("voters", FIELD.TYPE_INT64, True, ""),
            ("state", FIELD.TYPE_STRING, False, ""),
            ("id", FIELD.TYPE_STRING, False, ""),
            ("note", FIELD.TYPE_STRING, False, ""),
        ],
        start=1,
    ):
        label = FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL
        message.field.add(
            name=name, number=number, type=kind, label=label, type_name=type_name or None
        )
    pool = descriptor_pool.DescriptorPool()
    for known in (timestamp_pb2, duration_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    module = ModuleType("test.v1.codec_pb2")
    played: Any = message_factory.GetMessageClass(pool.FindMessageTypeByName("test.v1.Played"))
    vars(module)["Played"] = played
    return module


MODULE: Any = a_module()


SEVEN = UUID(int=7)


class State(Enum):
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Played(Event):
    title: str = ""
    number: int = 0
    share: float = 0.0
    live: bool = False
    cover: bytes = b""
    at: datetime = datetime(2026, 11, 21, tzinfo=UTC)
    lasted: timedelta = timedelta()
    voters: tuple[int, ...] = ()
    state: State = State.DONE
    id: UUID = SEVEN
    note: str | None = None

    @property
    @override
    def key(self) -> str:
        return self.title


@dataclass(frozen=True, slots=True)
class Unknown(Event):
    pass


@pytest.fixture
def codec():
    return ProtobufCodec("test.v1", MODULE)


@given(
    title=st.text(st.characters(exclude_categories=["Cs"])),
    number=st.integers(-(2**63), 2**63 - 1),
    share=st.floats(allow_nan=False),
    live=st.booleans(),
    cover=st.binary(max_size=50),
    at=st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    lasted=st.timedeltas(timedelta(days=-3650), timedelta(days=3650)),
    voters=st.lists(st.integers(0, 2**40)).map(tuple),
)
def test_every_field_arrives(**values):
    envelope = ProtobufCodec("test.v1", MODULE).encode(Played(**values))

    message = MODULE.Played.FromString(envelope.payload)

    assert (message.title, message.number, message.share) == (
        values["title"],
        values["number"],
        values["share"],
    )
    assert (message.live, message.cover) == (values["live"], values["cover"])
    assert message.at.ToDatetime(tzinfo=UTC) == values["at"]
    assert message.lasted.ToTimedelta() == values["lasted"]
    assert tuple(message.voters) == values["voters"]
    assert (message.state, message.id) == ("done", str(UUID(int=7)))
    assert message.note == ""


def test_the_envelope_says_what_it_carries(codec):
    envelope = codec.encode(Played(title="Alabama"))

    assert (envelope.topic, envelope.type) == ("test.v1", "test.v1.Played")
    assert (envelope.key, envelope.id.version) == ("Alabama", 7)
    assert dict(envelope.headers) == {}


async def test_the_trace_travels_in_the_headers(codec):
    async def ask():
        enter(RequestContext(traceparent="00-ab-cd-01"))
        return codec.encode(Played())

    envelope = await asyncio.create_task(ask())

    assert dict(envelope.headers) == {"traceparent": "00-ab-cd-01"}


def test_an_event_without_a_message_is_a_mistake(codec):
    with pytest.raises(AttributeError, match="Unknown"):
        codec.encode(Unknown())

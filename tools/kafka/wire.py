"""Ports, and the little of Kafka's protocol that tells whether a node serves."""

import random
import socket
import struct

from tools.kafka.errors import KafkaError

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Free ports below the range that outgoing connections take theirs from.

    From that range, a client that keeps calling a dead node can take the node's port itself
    (on loopback it even connects to itself), and the node cannot start again.
    """
    found: list[int] = []
    for port in random.sample(range(18000, 32000), 2000):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise KafkaError("no free ports")


def live_brokers(port: int, timeout: float = 2) -> set[int]:
    """The ids of the live brokers as one broker sees them; empty while it does not answer.

    An open port is not enough: a broker accepts connections well before it serves. This asks
    with a Metadata request (version 1, no topics), as a client does.
    """
    try:
        return _brokers(_Reader(_metadata(port, timeout, topics=0)))
    except (OSError, struct.error):
        return set()


def lagging(port: int, timeout: float = 2) -> int | None:
    """How many partitions lack a replica that is in sync, as one broker sees them.

    None while it does not answer. A broker that runs is not yet in sync with the others.
    """
    try:
        reader = _Reader(_metadata(port, timeout, topics=-1))
        _brokers(reader)
        reader.number("i")  # the controller
        behind = 0
        for _ in range(reader.number("i")):
            reader.number("h")
            reader.text()
            reader.number("b")
            for _ in range(reader.number("i")):
                reader.numbers("hii")
                replicas = {reader.number("i") for _ in range(reader.number("i"))}
                in_sync = {reader.number("i") for _ in range(reader.number("i"))}
                behind += in_sync != replicas
    except (OSError, struct.error):
        return None
    return behind


def _metadata(port: int, timeout: float, *, topics: int) -> bytes:
    """The answer to a Metadata request for no topics (0) or all of them (-1), without its head."""
    request = struct.pack(">hhihi", 3, 1, 1, -1, topics)
    with socket.create_connection((HOST, port), timeout) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as stream:
            (size,) = struct.unpack(">i", stream.read(4))
            return stream.read(size)[4:]


def _brokers(reader: "_Reader") -> set[int]:
    found = set()
    for _ in range(reader.number("i")):
        found.add(reader.number("i"))
        reader.text()
        reader.number("i")
        reader.text()
    return found


class _Reader:
    """Reads Kafka's primitive types, one after another."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def numbers(self, kinds: str) -> tuple[int, ...]:
        found = struct.unpack_from(f">{kinds}", self._data, self._position)
        self._position += struct.calcsize(f">{kinds}")
        return found

    def number(self, kind: str) -> int:
        return self.numbers(kind)[0]

    def text(self) -> None:
        """Pass over a string."""
        length = self.number("h")
        self._position += max(0, length)

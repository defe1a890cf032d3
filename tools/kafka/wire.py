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
    header = struct.pack(">hhih", 3, 1, 1, -1)
    request = header + struct.pack(">i", 0)
    try:
        with socket.create_connection((HOST, port), timeout) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as stream:
                (size,) = struct.unpack(">i", stream.read(4))
                body = stream.read(size)
        (count,) = struct.unpack_from(">i", body, 4)
        position, ids = 8, set()
        for _ in range(count):
            node, host_size = struct.unpack_from(">ih", body, position)
            position += 6 + host_size + 4
            (rack_size,) = struct.unpack_from(">h", body, position)
            position += 2 + max(0, rack_size)
            ids.add(node)
    except (OSError, struct.error):
        return set()
    return ids

"""A node's configuration, with the reason beside each line that is not Kafka's default."""

from collections.abc import Mapping
from pathlib import Path

from tools.kafka.wire import HOST


def server_properties(
    node: int, ports: Mapping[int, tuple[int, int]], data: Path
) -> dict[str, str]:
    """What a node of a test needs other than Kafka's defaults.

    Args:
        ports: Node -> (broker, controller).
        data: Folder of the node's log segments.
    """
    broker, controller = ports[node]
    voters = ",".join(f"{n}@{HOST}:{port}" for n, (_, port) in ports.items())
    replicas = str(min(3, len(ports)))
    in_sync = str(max(1, int(replicas) - 1))
    return {
        "node.id": str(node),
        "process.roles": "broker,controller",
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://{HOST}:{broker},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{broker}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        # Topics: a test creates what it needs; these are the defaults it then gets.
        "auto.create.topics.enable": "false",
        "num.partitions": "3",
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        # Internal topics default to three replicas, which a single node cannot give (a group
        # then waits for ever and only the broker's log says why), and to fifty partitions.
        "offsets.topic.replication.factor": replicas,
        "offsets.topic.num.partitions": "3",
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": "3",
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": "3",
        # A dead broker is noticed after 9 s by default.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        # Classic groups wait 3 s for more members by default; clients may not choose a session
        # timeout below 6 s. Groups of the new protocol (KIP-848) take both times from the
        # broker: a dead member would keep its partitions for 45 s, and a live one would
        # learn of a change only with its next heartbeat, up to 5 s later.
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "group.consumer.min.session.timeout.ms": "1000",
        "group.consumer.session.timeout.ms": "5000",
        "group.consumer.min.heartbeat.interval.ms": "200",
        "group.consumer.heartbeat.interval.ms": "500",
        # Fewer threads and buffers than for a server. The cleaner alone takes 128 MiB of
        # heap by default: with a heap of 128m the broker then ends while it starts.
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.dedupe.buffer.size": str(4 << 20),
        "log.index.size.max.bytes": str(1 << 20),
        "metric.reporters": "",
    }

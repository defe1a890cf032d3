"""Real Kafka nodes from a shell: `python -m tools.kafka up --data FOLDER --nodes 3`."""

from pathlib import Path
from typing import Annotated

import typer
from tools.kafka.cluster import SHORT_LIVED, KafkaCluster
from tools.kafka.errors import KafkaError
from tools.kafka.jars import default_cache, resolve
from tools.kafka.wire import live_brokers

app = typer.Typer(help="Real Kafka nodes on loopback, for tests and benches.", add_completion=False)

Data = Annotated[Path, typer.Option(help="Folder of the cluster.")]


def existing(data: Path, *, starts: bool = False) -> KafkaCluster:
    if not (data / "cluster.json").exists():
        raise KafkaError(f"There is no cluster in {data}.")
    return KafkaCluster(data, jars=resolve(default_cache()) if starts else None)


@app.command()
def up(
    data: Data,
    nodes: int = 1,
    heap: str = "256m",
    *,
    long_lived: Annotated[
        bool, typer.Option("--long-lived", help="Optimise for throughput, not for a quick start.")
    ] = False,
) -> None:
    """Start a cluster, new or known, and print its bootstrap servers."""
    cluster = KafkaCluster(
        data,
        nodes=nodes,
        jars=resolve(default_cache()),
        heap=heap,
        jvm_options=() if long_lived else SHORT_LIVED,
    )
    cluster.start()
    print(cluster.bootstrap)


@app.command()
def down(data: Data) -> None:
    """Stop all nodes."""
    existing(data).stop()


@app.command()
def kill(node: int, data: Data) -> None:
    """End a node the hard way."""
    existing(data).kill(node)


@app.command()
def start(node: int, data: Data) -> None:
    """Start a node again."""
    cluster = existing(data, starts=True)
    cluster.start_node(node)
    cluster.wait_ready(nodes=[one for one in cluster.ports if cluster.pid(one)])


@app.command()
def status(data: Data) -> None:
    """Say which nodes run, and which brokers each of them sees."""
    cluster = existing(data)
    for node, (broker, _) in cluster.ports.items():
        state = f"pid {pid}" if (pid := cluster.pid(node)) else "down"
        print(f"node {node} at {broker}: {state}, sees {sorted(live_brokers(broker))}")


if __name__ == "__main__":
    try:
        app()
    except KafkaError as error:
        raise SystemExit(f"kafka: {error}") from error

"""Kafka nodes on loopback: configuration, life cycle, sudden deaths."""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.kafka.errors import KafkaError
from tools.kafka.properties import server_properties
from tools.kafka.wire import HOST, free_ports, lagging, live_brokers

LOG4J2 = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.config.name = org.apache.kafka.common.config
logger.config.level = error
"""

# The serial collector needs the least memory and no threads of its own. -XX:-UsePerfData keeps
# the JVM from writing to the machine's temporary folder.
JVM_OPTIONS = ("-XX:+UseSerialGC", "-XX:-UsePerfData", "-Djava.awt.headless=true")
# A test's broker lives for seconds: without the optimising compiler it starts sooner and serves
# its first 100,000 messages about twice as fast on two cores. Pass () to measure throughput.
SHORT_LIVED = ("-XX:TieredStopAtLevel=1",)


def java() -> str:
    """The java command: $JAVA_HOME's if set, else the one on the path."""
    home = os.environ.get("JAVA_HOME")  # noqa: TID251 - where every Java program looks
    return str(Path(home, "bin", "java")) if home else "java"


class KafkaCluster:
    """One or more Kafka nodes whose configuration, data and logs live in one folder.

    A folder that already holds a cluster is taken up again with its ports and its data, whether
    it runs or not; only `jars` is then needed, and that only to start nodes.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        nodes: int = 1,
        jars: Path | str | None = None,
        heap: str = "256m",
        properties: Mapping[str, str] | None = None,
        jvm_options: Iterable[str] = SHORT_LIVED,
    ) -> None:
        self.folder = Path(folder).resolve()
        self.jars = None if jars is None else Path(jars).resolve()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        state = self.folder / "cluster.json"
        if state.exists():
            saved = json.loads(state.read_text())
            self.jvm_options: list[str] = saved["jvm_options"]
            self.ports = {int(node): (a, b) for node, (a, b) in saved["ports"].items()}
            return
        if self.folder.exists() and any(self.folder.iterdir()):
            raise KafkaError(f"{self.folder} is neither empty nor a cluster")
        self.jvm_options = [f"-Xmx{heap}", f"-Xms{heap}", *JVM_OPTIONS, *jvm_options]
        free = free_ports(2 * nodes)
        self.ports = {i + 1: (free[2 * i], free[2 * i + 1]) for i in range(nodes)}
        self._create(properties or {})
        state.write_text(json.dumps({"jvm_options": self.jvm_options, "ports": self.ports}))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        """The bootstrap servers, as clients want them."""
        return ",".join(f"{HOST}:{broker}" for broker, _ in self.ports.values())

    def start(self, timeout: float = 60) -> None:
        """Start every node that does not run and wait until all of them serve."""
        try:
            for node in self.ports:
                self.start_node(node)
            self.wait_ready(timeout)
        except BaseException:
            self.stop(grace=0)
            raise

    def stop(self, grace: float = 15) -> None:
        """Stop all nodes: SIGTERM, and SIGKILL for those that outlast the grace period.

        All at once, a node may wait in vain for a controller that is already gone. The data
        survives that, so a short grace period costs nothing but a log check at the next start.
        """
        if grace:
            for node in self.ports:
                self._signal(node, signal.SIGTERM)
            self._wait_gone(grace)
        for node in self.ports:
            self._signal(node, signal.SIGKILL)
        self._wait_gone(10)

    def start_node(self, node: int) -> None:
        """Start one node; a node that runs is left alone."""
        if self.pid(node):
            return
        home = self._home(node)
        with (home / "server.log").open("ab") as log:
            process = subprocess.Popen(
                self._java("kafka.Kafka", str(home / "server.properties")),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=home,
                start_new_session=True,  # a Ctrl-C at the test runner is not for Kafka
            )
        self._processes[node] = process
        (home / "pid").write_text(str(process.pid))

    def kill(self, node: int) -> None:
        """Kill one node the hard way and return when it is gone."""
        self._signal(node, signal.SIGKILL)
        self._wait_gone(10, [node])

    def stop_node(self, node: int, grace: float = 30) -> None:
        """Stop one node in an orderly way: it hands its partitions over first."""
        self._signal(node, signal.SIGTERM)
        if not self._wait_gone(grace, [node]):
            raise KafkaError(f"node {node} did not stop within {grace} s")

    def wait_ready(self, timeout: float = 60, nodes: Iterable[int] | None = None) -> None:
        """Wait until each of the nodes (default: all) answers and sees all of them as alive."""
        wanted = set(self.ports if nodes is None else nodes)
        missing = sorted(wanted)
        deadline = time.monotonic() + timeout
        while missing:
            for node in missing:
                if not self.pid(node):
                    raise KafkaError(f"node {node} ended:\n{self.log_tail(node)}")
            missing = [n for n in missing if not wanted <= live_brokers(self.ports[n][0])]
            if missing and time.monotonic() > deadline:
                tail = self.log_tail(missing[0])
                raise KafkaError(f"nodes {missing} not ready after {timeout} s:\n{tail}")
            if missing:
                time.sleep(0.1)

    def wait_in_sync(self, timeout: float = 60) -> None:
        """Wait until all nodes run and none is behind: only then may the next one be killed.

        After `kill`, ask only once the node has been started: for some seconds the others take
        it for alive.
        """
        deadline = time.monotonic() + timeout
        self.wait_ready(timeout)
        while any(lagging(broker) != 0 for broker, _ in self.ports.values()):
            if time.monotonic() > deadline:
                raise KafkaError(f"replicas are not in sync after {timeout} s")
            time.sleep(0.1)

    def pid(self, node: int) -> int | None:
        """The process id of a running node, or None."""
        if process := self._processes.get(node):
            return process.pid if process.poll() is None else None
        home = self._home(node)
        try:  # started by another process: a pid alone could meanwhile be somebody else's
            pid = int((home / "pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(home / "server.properties") in command else None

    def log_tail(self, node: int, size: int = 3000) -> str:
        """The end of a node's log."""
        log = self._home(node) / "server.log"
        return log.read_text(errors="replace")[-size:] if log.exists() else ""

    def _home(self, node: int) -> Path:
        return self.folder / f"node-{node}"

    def _java(self, *command: str) -> list[str]:
        if self.jars is None:
            raise KafkaError("the folder with Kafka's jars is needed to start a node")
        options = [*self.jvm_options]
        options.append(f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}")
        # Native libraries of the compressors are unpacked here; a killed JVM leaves them behind.
        options.append(f"-Djava.io.tmpdir={self.folder / 'tmp'}")
        return [java(), *options, "-cp", f"{self.jars}/*", *command]

    def _create(self, properties: Mapping[str, str]) -> None:
        """Write the configuration and format the storage of all nodes."""
        (self.folder / "tmp").mkdir(parents=True)
        (self.folder / "log4j2.properties").write_text(LOG4J2)
        # As a separate argument, an id that starts with a dash would be taken for an option.
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        formats = {}
        for node in self.ports:
            home = self._home(node)
            home.mkdir()
            settings = {
                **server_properties(node, self.ports, home / "data"),
                **properties,
            }
            text = "".join(f"{key}={value}\n" for key, value in settings.items())
            (home / "server.properties").write_text(text)
            command = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}"]
            command += ["--config", str(home / "server.properties")]
            formats[node] = subprocess.Popen(
                self._java(*command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        outputs = {node: process.communicate()[0] for node, process in formats.items()}
        for node, process in formats.items():
            if process.returncode:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise KafkaError(f"formatting node {node} failed:\n{outputs[node]}")

    def _signal(self, node: int, number: signal.Signals) -> None:
        if pid := self.pid(node):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _wait_gone(self, timeout: float, nodes: Iterable[int] | None = None) -> bool:
        wanted = list(self.ports if nodes is None else nodes)
        deadline = time.monotonic() + timeout
        while any(self.pid(node) for node in wanted):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

"""Apache Kafka in KRaft mode: a node is broker and controller, and there is one."""

import base64
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from deploy.local.errors import NotUsable, StartFailed
from deploy.local.jars import libraries
from deploy.local.java import java_home
from deploy.local.ports import is_free
from deploy.local.processes import child_environment, end, marked, spawn
from deploy.local.proxy import Proxy
from deploy.local.state import State

LOGGING = Path(__file__).with_name("log4j2.properties")
HEAP = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC"]
SETTINGS = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "LOCAL",
    "num.network.threads": "2",
    "num.io.threads": "4",
    # a typo must not become a topic
    "auto.create.topics.enable": "false",
    # feeds are kept for ever; an inbox sets its own limit
    "log.retention.ms": "-1",
    "log.cleaner.threads": "1",
    "log.cleaner.dedupe.buffer.size": str(16 << 20),
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "1",
    # a killed broker may come back as soon as the controller has forgotten it
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "2500",
    # a service that comes alone need not wait for others; a killed one is noticed as soon as it asked for
    "group.initial.rebalance.delay.ms": "50",
    "group.min.session.timeout.ms": "1000",
}
REPLICAS = (
    "default.replication.factor",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "share.coordinator.state.topic.replication.factor",
)
IN_SYNC = ("min.insync.replicas", "transaction.state.log.min.isr", "share.coordinator.state.topic.min.isr")


class Kafka:
    """The Kafka of one state folder. `links` are further listeners, each advertised at the port of a `Proxy`, or at its
    own when they are `direct`: then whoever cuts one does it in the network. Its data lies on `disk`. It is one `node`
    of so many `nodes`: everything is on all of them, and acknowledged when all but one have it."""

    def __init__(
        self,
        state: State,
        links: Sequence[str],
        step: Callable[[str], None],
        *,
        direct: bool = False,
        disk: Path | None = None,
        node: int = 1,
        nodes: int = 1,
    ) -> None:
        self._state = state
        self._node = node
        self._nodes = nodes
        self._links = tuple(links)
        self._step = step
        self._reached_at = "link" if direct else "proxy"
        self._process: subprocess.Popen[bytes] | None = None
        name = "kafka" if node == 1 else f"kafka-{node}"
        self._folder = (disk or state.folder) / name
        self._properties = state.folder / f"{name}.properties"
        self.log = state.folder / f"{name}.log"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def bootstrap(self, link: str | None = None) -> str:
        """`host:port` for clients; of a link, the port of its proxy, or its own when links are direct."""
        return f"127.0.0.1:{self._port(f'{self._reached_at}.{self._known(link)}' if link else 'kafka')}"

    def proxy(self, link: str) -> Proxy:
        """The proxy that a link's clients go through. It has to be started by who asked for it."""
        return Proxy(self._port(f"proxy.{self._known(link)}"), self._port(f"link.{link}"))

    def _port(self, name: str, node: int | None = None) -> int:
        node = node or self._node
        return self._state.port(name if node == 1 else f"{name}.{node}")

    def _known(self, link: str) -> str:
        if link not in self._links:
            raise NotUsable(f"This stack has no link {link!r}. Name it in Stack(links=[...]); there are {self._links}.")
        return link

    @property
    def cluster_id(self) -> str:
        """What tells this Kafka from one that took its place."""
        lines = (self._folder / "meta.properties").read_text().splitlines()
        return next(line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id="))

    def prepare(self, cluster: str | None = None) -> None:
        """Fetch the libraries and format the folder, where that was not done yet, for a cluster of that id."""
        self._jars = libraries(self._step)
        if not self._folder.exists():
            self._step("Formatting Kafka's folder")
            self._format(cluster or new_cluster())

    def _format(self, cluster: str) -> None:
        new = self._folder.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        command = [*self._java(), "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._settings(new))]
        done = subprocess.run(command, env=child_environment(), capture_output=True, text=True)
        if done.returncode:
            self.log.write_text(done.stdout + done.stderr)
            raise StartFailed("Kafka's folder could not be formatted.", self.log)
        new.rename(self._folder)

    def _java(self) -> list[str | Path]:
        path = ":".join(str(jar) for jar in self._jars)
        return [
            java_home() / "bin" / "java",
            *HEAP,
            f"-Dlog4j2.configurationFile={LOGGING}",
            f"-Dsanji.stack={self._state.kept.mark}",
            "-cp",
            path,
        ]

    def _settings(self, folder: Path) -> Path:
        port = self._port
        listeners = {"LOCAL": port("kafka")} | {link.upper(): port(f"link.{link}") for link in self._links}
        advertised = {"LOCAL": port("kafka")} | {
            link.upper(): port(f"{self._reached_at}.{link}") for link in self._links
        }
        controller = {"CONTROLLER": port("controller")}
        voters = [f"{node}@127.0.0.1:{port('controller', node)}" for node in range(1, self._nodes + 1)]
        settings = SETTINGS | {
            "node.id": str(self._node),
            "log.dirs": str(folder),
            "listeners": _addresses(listeners | controller),
            "advertised.listeners": _addresses(advertised | controller),
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners | controller),
            "controller.quorum.voters": ",".join(voters),
            **dict.fromkeys(REPLICAS, str(self._nodes)),
            **dict.fromkeys(IN_SYNC, str(max(1, self._nodes - 1))),
        }
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return self._properties

    def launch(self) -> None:
        """Start it without waiting until it answers."""
        if self.pid:
            return
        names = ["kafka", "controller", *(f"link.{link}" for link in self._links)]
        for port in map(self._port, names):
            if not is_free(port):
                raise NotUsable(
                    f"Port {port} of Kafka is taken by another program. Stop that program, or remove the port from "
                    f"{self._state.folder / 'stack.json'} to have another one picked."
                )
        self._step(f"Starting Kafka on port {self._port('kafka')}")
        self.log.unlink(missing_ok=True)
        self._process = spawn(
            [*self._java(), "kafka.Kafka", self._settings(self._folder)], self.log, env=child_environment()
        )

    def wait(self, patience: float = 90) -> None:
        """Return when it takes connections and has taken up its partitions. Raises StartFailed."""
        until = time.monotonic() + patience
        while not self._answers():
            if self.pid is None:
                raise StartFailed("Kafka ended while it was starting.", self.log)
            if time.monotonic() > until:
                raise StartFailed(f"Kafka did not answer within {patience:.0f} s.", self.log)
            time.sleep(0.05)

    def _answers(self) -> bool:
        if "Kafka Server started" not in self.log.read_text(errors="replace"):
            return False
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port("kafka"))) == 0

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        self.wait()

    def stop(self) -> None:
        """Shut it down in order; killed after 20 s."""
        self._end(signal.SIGTERM)

    def kill9(self) -> None:
        """Kill it as it stands."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            if self._process.poll() is None:
                end([psutil.Process(self._process.pid)], how, 20)
            self._process.wait()
            self._process = None

    def wipe(self) -> None:
        """Replace it by an empty Kafka: same ports, another cluster id, no topics. Running afterwards if it ran."""
        ran = self.pid is not None
        self.clear()
        self.prepare()
        if ran:
            self.start()

    def clear(self) -> None:
        """Kill it and delete what it has."""
        self.kill9()
        shutil.rmtree(self._folder)

    def end_orphans(self) -> None:
        """Stop what an earlier holder of the folder left running."""
        orphans = [process for process in marked(self._state.kept.mark) if "kafka.Kafka" in process.cmdline()]
        end(orphans, signal.SIGTERM, 20)


def new_cluster() -> str:
    """An id that no other cluster has."""
    return base64.urlsafe_b64encode(b"\x01" + secrets.token_bytes(15)).decode().rstrip("=")


def _addresses(ports: dict[str, int]) -> str:
    return ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())

"""Three Kafka nodes that have everything three times: one may be lost."""

from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local.kafka import Kafka, new_cluster
from deploy.local.state import State

NODES = 3


class Brokers(Kafka):
    """As one Kafka for whoever uses it. `nodes` are its parts; their links are direct."""

    def __init__(self, state: State, links: Sequence[str], step: Callable[[str], None], disk: Path) -> None:
        super().__init__(state, links, step, direct=True, disk=disk, nodes=NODES)
        made = [Kafka(state, links, step, direct=True, disk=disk, node=n, nodes=NODES) for n in range(1, NODES + 1)]
        self.nodes = made

    @property
    def pid(self) -> int | None:
        """Of the first node, while all run."""
        every = [node.pid for node in self.nodes]
        return every[0] if all(every) else None

    @property
    def cluster_id(self) -> str:
        return self.nodes[0].cluster_id

    def bootstrap(self, link: str | None = None) -> str:
        return ",".join(node.bootstrap(link) for node in self.nodes)

    def prepare(self, cluster: str | None = None) -> None:
        cluster = cluster or new_cluster()
        for node in self.nodes:
            node.prepare(cluster)

    def launch(self) -> None:
        """Those that do not run."""
        for node in self.nodes:
            node.launch()

    def wait(self, patience: float = 180) -> None:
        for node in self.nodes:
            node.wait(patience)

    def stop(self) -> None:
        for node in reversed(self.nodes):
            node.stop()

    def kill9(self) -> None:
        for node in self.nodes:
            node.kill9()

    def clear(self) -> None:
        for node in self.nodes:
            node.clear()

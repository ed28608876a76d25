"""Prometheus metrics of one service. Names end in their unit."""

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """One registry a service, so that several can live in one process."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self._requests = Histogram(
            "sanji_http_request_seconds",
            "Time to answer a request",
            ["service", "method", "route", "status"],
            registry=self.registry,
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(self._service, method, route, str(status)).observe(seconds)

    def watch(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """A gauge that is read when the metrics are asked for."""
        Gauge(f"sanji_{name}", help_text, ["service"], registry=self.registry).labels(self._service).set_function(value)

    def counter(self, name: str, help_text: str) -> Callable[[], None]:
        """A counter; call it to add one."""
        return Counter(f"sanji_{name}", help_text, ["service"], registry=self.registry).labels(self._service).inc

    def text(self) -> bytes:
        return generate_latest(self.registry)

"""What a service counts, as Prometheus reads it; each has a registry of its own, so that two can live side by side."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stance.server.admission import Admission
from stance.server.pool import WorkerPool
from stance.version import __version__

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class _State(Collector):
    """What is read off the pool and the queue at the moment it is asked for."""

    def __init__(self, pool: WorkerPool, admission: Admission) -> None:
        self._pool = pool
        self._admission = admission

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        gauges = {
            "stance_requests_inside": ("Requests accepted and not yet answered.", self._admission.inside),
            "stance_expected_wait_seconds": ("Expected wait of the next request.", self._admission.expected_wait()),
            "stance_jobs_waiting": ("Jobs that wait for a worker.", self._pool.waiting),
            "stance_workers_ready": ("Workers that can take jobs.", self._pool.ready),
        }
        for name, (help_text, value) in gauges.items():
            yield GaugeMetricFamily(name, help_text, value=value)
        counters = {
            "stance_refused_requests": ("Requests refused with 429.", self._admission.refused),
            "stance_worker_restarts": ("Workers that ended and were replaced.", self._pool.counts.restarts),
            "stance_jobs": ("Jobs that workers have answered.", self._pool.counts.jobs),
            "stance_worker_busy_seconds": ("Seconds that workers computed.", self._pool.counts.busy_seconds),
        }
        for name, (help_text, value) in counters.items():
            yield CounterMetricFamily(name, help_text, value=value)


class Metrics:
    """The counters of one service."""

    def __init__(self, pool: WorkerPool, admission: Admission) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_State(pool, admission))
        self._requests = Counter(
            "stance_http_requests", "Answered requests.", ("route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "stance_http_seconds",
            "Time to the end of the answer.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self.statements = Counter("stance_statements", "Statements judged.", registry=self._registry)
        info = Counter("stance_build", "The version that runs.", ("version",), registry=self._registry)
        info.labels(__version__).inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is the path's pattern, never what a caller wrote."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return all of it in Prometheus's text form."""
        return generate_latest(self._registry)

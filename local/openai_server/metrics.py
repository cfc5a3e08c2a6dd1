"""Counts and times of the server's own work, in Prometheus' text format."""

import threading
from collections import Counter
from collections.abc import Mapping

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Requests by route and status, and a histogram of their seconds; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: Counter[tuple[str, float]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._predictions = 0

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        with self._lock:
            self._requests[method, route, status] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]  # a Counter adds floats as well
            for bound in BUCKETS_S:
                if seconds <= bound:
                    self._buckets[route, bound] += 1

    def count_predictions(self, number: int = 1) -> None:
        """Count texts classified."""
        with self._lock:
            self._predictions += number

    def text(self, gauges: Mapping[str, float], jobs: Mapping[str, int]) -> str:
        """Everything counted so far, with gauges and jobs by status as they are now."""
        with self._lock:
            lines = ["# TYPE tunesmith_requests_total counter"]
            for (method, route, status), count in sorted(self._requests.items()):
                labels = f'method="{method}",route="{route}",status="{status}"'
                lines.append(f"tunesmith_requests_total{{{labels}}} {count}")
            lines += self._histogram()
            lines += [
                "# TYPE tunesmith_predictions_total counter",
                f"tunesmith_predictions_total {self._predictions}",
            ]
        lines.append("# TYPE tunesmith_jobs gauge")
        lines += [f'tunesmith_jobs{{status="{status}"}} {count}' for status, count in sorted(jobs.items())]
        for name, value in gauges.items():
            lines += [f"# TYPE {name} gauge", f"{name} {value:g}"]
        return "\n".join(lines) + "\n"

    def _histogram(self) -> list[str]:
        name = "tunesmith_request_seconds"
        lines = [f"# TYPE {name} histogram"]
        totals: Counter[str] = Counter()
        for (_, route, _), count in self._requests.items():
            totals[route] += count
        for route in sorted(totals):
            lines += [
                f'{name}_bucket{{route="{route}",le="{bound:g}"}} {self._buckets[route, bound]}'
                for bound in BUCKETS_S
            ]
            lines.append(f'{name}_bucket{{route="{route}",le="+Inf"}} {totals[route]}')
            lines.append(f'{name}_sum{{route="{route}"}} {self._seconds[route]:.6f}')
            lines.append(f'{name}_count{{route="{route}"}} {totals[route]}')
        return lines

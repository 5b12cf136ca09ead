"""Prometheus metrics: how much and how fast, never a score."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from researchfleet_evaluator.refusals import RefusalReason

# From a cached look at 2,000 rows to a million rows on a busy machine.
BUCKETS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


class Metrics:
    """One registry an evaluator, so that two in one process (tests) count apart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registrations = Counter(
            "researchfleet_evaluator_registrations",
            "Experiments registered, repetitions of a request not counted",
            registry=self.registry,
        )
        self.submissions = Counter(
            "researchfleet_evaluator_submissions",
            "Predictions stored durably, repetitions of a request not counted",
            ["kind"],
            registry=self.registry,
        )
        self.refusals = Counter(
            "researchfleet_evaluator_refusals", "Requests refused, by reason", ["reason"], registry=self.registry
        )
        self.scoring = Histogram(
            "researchfleet_evaluator_scoring_seconds",
            "Time to count one submission's right answers",
            buckets=BUCKETS,
            registry=self.registry,
        )
        for reason in RefusalReason:
            self.refusals.labels(reason)
        for kind in ("experiment", "reproduction"):
            self.submissions.labels(kind)

    def page(self) -> bytes:
        """What Prometheus scrapes."""
        return generate_latest(self.registry)

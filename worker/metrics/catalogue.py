"""Every metric: its name, its labels, what it says. docs/monitoring.md and the dashboard are held to this list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PREFIX: Final = "amazon_odoo_"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric without the common prefix; a counter's name ends in _total."""

    name: str
    kind: Literal["counter", "gauge"]
    labels: tuple[str, ...]
    help: str

    @property
    def full_name(self) -> str:
        """As Prometheus has it."""
        return PREFIX + self.name


CATALOGUE: Final = (
    Metric("orders_total", "counter", ("account", "outcome"), "Ends of order tasks: imported, updated, parked, ..."),
    Metric("tasks_total", "counter", ("task", "state"), "Ends of tasks: success, failure, retry."),
    Metric("task_seconds_total", "counter", ("task",), "Time that tasks took, all together."),
    Metric("lag_seconds", "gauge", ("account", "group"), "How far Odoo is behind Amazon."),
    Metric("orders_waiting", "gauge", ("account", "group"), "Orders that are read and not in Odoo yet."),
    Metric("parked", "gauge", ("account", "code", "state"), "Parked items that are not closed (open, retry)."),
    Metric("parked_oldest_seconds", "gauge", ("account",), "Age of the oldest open parked item."),
    Metric("reconciled_orders", "gauge", ("account", "group", "found"), "Last comparison: mended, missing, differs."),
    Metric("reconciled_seconds", "gauge", ("account", "group"), "Time since the last comparison with Odoo ended."),
    Metric("shipments", "gauge", ("account", "state"), "Deliveries that Amazon does not know of: pending, error."),
    Metric("account_paused", "gauge", ("account", "reason"), "1 while an account is left alone: broken, stopped."),
    Metric("failed_tasks", "gauge", ("task",), "Tasks that failed and have not succeeded since."),
    Metric("quota_calls_left", "gauge", ("account", "operation"), "Calls that could be made to Amazon at once."),
    Metric("quota_burst", "gauge", ("operation",), "Calls that could be made at once after a rest."),
    Metric("odoo_up", "gauge", ("database",), "1 while the database answers the connector."),
    Metric("odoo_answer_seconds", "gauge", ("database",), "How long the database took for four small calls."),
    Metric("odoo_left_alone", "gauge", ("database",), "1 while workers do not call the database: it did not answer."),
    Metric("odoo_outages_total", "counter", ("database",), "Times that workers began to leave the database alone."),
    Metric("broker_up", "gauge", (), "1 while Redis answers."),
    Metric("queue_messages", "gauge", ("queue",), "Messages that no worker has taken."),
    Metric("queue_oldest_seconds", "gauge", ("queue",), "Age of the first message of a queue; 0 if it is empty."),
    Metric("unacknowledged_messages", "gauge", (), "Messages that workers have taken and not finished."),
    Metric("beat_seconds", "gauge", (), "Time since beat's last tick."),
)
BY_NAME: Final = {metric.name: metric for metric in CATALOGUE}

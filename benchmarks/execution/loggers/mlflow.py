"""MLflow: one experiment a preset, one run a run; to $MLFLOW_TRACKING_URI, or to DIR/mlflow.db where that is not set."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from benchmarks.execution.loggers.base import Logger, Point, flat

METRICS, PARAMS, LONGEST = 1000, 100, 500  # in one request; characters of a value
STATUSES = {"ok": "FINISHED", "stopped": "KILLED"}  # any other one: FAILED


class MLflow:
    """A tracking server or database, by the client that works with every one."""

    def __init__(self, uri: str, experiment: str) -> None:
        self.place, self.client = uri, MlflowClient(tracking_uri=uri)
        found = self.client.get_experiment_by_name(experiment)
        self.experiment = found.experiment_id if found else self.client.create_experiment(experiment)

    def holds(self, name: str) -> bool:
        """Whether there is a run of that id, not deleted."""
        try:
            return str(self.client.get_run(name).info.lifecycle_stage) == "active"
        except MlflowException:
            return False

    def open(self, run: str, title: str, known: str | None, config: Mapping[str, Any]) -> tuple[str, bool]:
        """Creates a run with its configuration as parameters, or goes on with the one that is known."""
        if known and self.holds(known):
            self.client.update_run(known, "RUNNING")
            return known, True
        made = str(self.client.create_run(self.experiment, run_name=title).info.run_id)
        values = [Param(key, str(value)[:LONGEST]) for key, value in flat(config).items()]
        for start in range(0, len(values), PARAMS):
            self.client.log_batch(made, params=values[start : start + PARAMS])
        self.client.log_batch(made, tags=[RunTag("run", run)])
        return made, False

    def points(self, name: str, points: list[Point]) -> None:
        """Adds metrics."""
        now = int(time.time() * 1000)
        made = [Metric(key, value, now, step) for key, value, step in points]
        for start in range(0, len(made), METRICS):
            self.client.log_batch(name, metrics=made[start : start + METRICS])

    def image(self, name: str, path: Path, step: int) -> None:
        """Nothing: pictures are artifacts, whose place the server decides."""

    def end(self, name: str, status: str, reason: str) -> None:
        """Terminates the run."""
        self.client.log_batch(name, tags=[RunTag("status", f"{status} {reason}".strip()[:LONGEST])])
        self.client.set_terminated(name, STATUSES.get(status, "FAILED"))

    def close(self) -> None:
        """Nothing is kept back."""


def make(out: Path, title: str) -> Logger:
    """Returns the logger of a results folder. Raises ValueError where the server or database cannot be reached."""
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(out / 'mlflow.db').absolute()}"
    try:
        return MLflow(uri, title)
    except Exception as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"--log mlflow: {uri} cannot be used: {said}") from error

"""The folders of runs: making one, opening one, listing them."""

import re
import time
from pathlib import Path
from typing import Literal

from workbench.durable import write_bytes, write_text
from workbench.events import ENDINGS, AnyEvent, CheckpointSaved, RunFailed, RunFinished, RunStarted, StepFinished
from workbench.runs.log import encode, read_events
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment, to_json
from workbench.spec.problems import SpecError
from workbench.spec.record import Record

EXPERIMENT = "experiment.json"
EVENTS = "events.jsonl"
LAST = "checkpoints/last.safetensors"
BEST = "checkpoints/best.safetensors"


class SavedRun(Record):
    """A run as its folder tells it."""

    folder: Path
    experiment: Experiment
    events: tuple[AnyEvent, ...]

    @property
    def checkpoint(self) -> Path:
        """The best checkpoint where there is one, else the last. SpecError where nothing was saved yet."""
        for name in (BEST, LAST):
            if (self.folder / name).is_file():
                return self.folder / name
        raise SpecError(f"{self.folder}: this run has saved no checkpoint yet")

    @property
    def state(self) -> Literal["finished", "failed", "stopped"]:
        """How it ended; a run without an ending was killed, which leaves it as resumable as a stopped one."""
        last = self.events[-1] if self.events else None
        if isinstance(last, RunFinished):
            return "finished"
        return "failed" if isinstance(last, RunFailed) else "stopped"

    @property
    def resumable(self) -> bool:
        """Whether it can go on from its last checkpoint."""
        return self.state != "finished" and (self.folder / LAST).is_file()

    @property
    def metrics(self) -> dict[str, float]:
        """The last word on each measure."""
        found: dict[str, float] = {}
        for event in self.events:
            found |= getattr(event, "metrics", {})
        return found

    @property
    def step(self) -> int:
        """The last step that is in the log."""
        return next((event.step for event in reversed(self.events) if isinstance(event, StepFinished)), 0)


def create_run(runs_folder: Path, experiment: Experiment) -> Path:
    """A new folder for a run of this experiment, its experiment file written; gives the folder."""
    stem = re.sub(r"[^\w-]+", "-", f"{time.strftime('%Y-%m-%d')}-{experiment.name.lower()}").strip("-")[:80]
    runs_folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = runs_folder / f"{stem}-{number}"
        try:
            folder.mkdir()
            break
        except FileExistsError:
            number += 1
    write_text(folder / EXPERIMENT, to_json(experiment))
    return folder


def open_run(folder: Path) -> SavedRun:
    """Read a run's folder. SpecError that names what is missing where it is none."""
    if not (folder / EXPERIMENT).is_file():
        raise SpecError(f"{folder}: this is no run: it has no {EXPERIMENT}")
    events = read_events(folder / EVENTS) if (folder / EVENTS).is_file() else ()
    return SavedRun(folder=folder, experiment=read_experiment(folder / EXPERIMENT), events=events)


def list_runs(runs_folder: Path) -> tuple[SavedRun, ...]:
    """All readable runs of a folder, the newest first."""
    if not runs_folder.is_dir():
        return ()
    folders = [path for path in runs_folder.iterdir() if (path / EXPERIMENT).is_file()]
    folders.sort(key=lambda path: (path / EXPERIMENT).stat().st_mtime, reverse=True)
    runs = []
    for folder in folders:
        try:
            runs.append(open_run(folder))
        except SpecError:
            continue  # a folder of a newer version or one that somebody edited is not a reason to show none
    return tuple(runs)


def rewind(run: SavedRun, step: int) -> tuple[AnyEvent, ...]:
    """Cut the log back to what a checkpoint at ``step`` had seen, so that a resumed run tells each step once."""
    kept = tuple(event for event in run.events if _known_at(event, step))
    write_bytes(run.folder / EVENTS, encode(kept))
    return kept


def _known_at(event: AnyEvent, step: int) -> bool:
    if isinstance(event, ENDINGS):
        return False
    if isinstance(event, RunStarted):
        return event.first_step <= step + 1
    if isinstance(event, CheckpointSaved):
        return event.step <= step
    return getattr(event, "step", 0) <= step

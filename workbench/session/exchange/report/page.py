"""The page itself: all texts of one run or several, filled into the template."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from workbench.compiler.analysis import resolve
from workbench.compiler.table import LayerRow, layer_table
from workbench.events import DataPrepared, RunStarted
from workbench.runs.log import read_steps
from workbench.runs.store import EVENTS
from workbench.session.exchange.report import facts
from workbench.session.exchange.report.charts import Chart, Line, chart
from workbench.session.exchange.report.graph import GraphPicture, graph_picture
from workbench.spec.change import as_of
from workbench.spec.files import to_json
from workbench.spec.own_files import named_only, own_files
from workbench.spec.record import Record
from workbench.training.aims import num_classes
from workbench.training.results.measured import called, losses_of_heads, measured, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.runs.store import SavedRun
    from workbench.session.exchange.report.answers import Answers
    from workbench.session.exchange.report.comparison import Comparison
    from workbench.spec.change import Change

WAY = re.compile(r"(?<![\w/\\.:])(?:~|[A-Za-z]:)?[/\\](?:[^\s/\\\"'<>|:;,]+[/\\])+")
"""The folders that lead to a file; the names of users are among them."""


class Network(Record):
    """The network: its layers with their sums, its graph, and what prevents it from being built."""

    name: str
    about: str
    layers: tuple[LayerRow, ...]
    parameters: int
    macs: int
    picture: GraphPicture | None
    problems: tuple[str, ...]


class Section(Record):
    """Everything about one run. ``missing`` says what could not be had, and why."""

    title: str
    folder: str
    about: str
    began: str
    results: tuple[str, ...]
    measures: facts.Table | None
    machine: facts.Rows
    charts: tuple[Chart, ...]
    changes: tuple[str, ...]
    network: Network
    data: facts.Rows
    recipe: facts.Rows
    settings: facts.Rows
    answers: Answers | None
    told: tuple[str, ...]
    note: str
    tags: tuple[str, ...]
    own_files: tuple[str, ...]
    """The names of the user's own files and folders that training needs."""

    experiment: Any
    """The experiment as the run began, escaped: as its file, but with the names of the data's files alone."""

    missing: tuple[str, ...]


def section(
    run: SavedRun, changes: Sequence[Change], answers: Answers | None, missing: Sequence[str], *, log_loss: bool
) -> Section:
    """Return the texts of a run; ``changes`` are those of its folder, and ``answers`` None if they are ``missing``.

    ``log_loss`` draws the loss on a logarithmic scale.
    """
    experiment = run.experiment
    made = facts.changes(run)
    marks = [(place, str(number)) for number, (place, _) in enumerate(made, 1)]
    notes_problem = (run.notes_problem,) if run.notes_problem else ()
    return Section(
        title=experiment.name,
        folder=run.folder.name,
        about=experiment.about,
        began=facts.began(run),
        results=facts.results(run),
        measures=facts.measures(run),
        machine=facts.machine(run),
        charts=tuple(_charts(run, marks, log_loss=log_loss)),
        changes=tuple(words for _, words in made),
        network=_network(run),
        data=facts.data(run),
        recipe=facts.recipe(run),
        settings=facts.all_settings(experiment),
        answers=answers,
        told=facts.told(run),
        note=run.notes.note,
        tags=run.notes.tags,
        own_files=tuple(path.name for path in own_files(experiment)),
        experiment=Markup.escape(to_json(named_only(as_of(experiment, changes, step=1)))),
        missing=(*missing, *notes_problem),
    )


def _network(run: SavedRun) -> Network:
    architecture = run.experiment.architecture
    prepared = run.newest(DataPrepared)
    resolution = resolve(architecture, classes=num_classes(run.experiment, prepared.columns) if prepared else None)
    analysis = resolution.analysis
    return Network(
        name=architecture.name,
        about=architecture.about,
        layers=layer_table(resolution),
        parameters=analysis.parameters,
        macs=analysis.macs,
        picture=graph_picture(architecture.graph),
        problems=tuple(problem.sentence() for problem in analysis.errors),
    )


def _charts(run: SavedRun, marks: Sequence[tuple[float, str]], *, log_loss: bool = False) -> Iterator[Chart]:
    """Yield the charts of the loss and of each measure over epochs."""
    of_heads = [f"{head}/loss" for head in losses_of_heads(run.metrics, "val")]
    own = [name.partition("/")[2] for split in ("val", "train") for name in measured(run.metrics, split)]
    started = run.newest(RunStarted)
    for name in dict.fromkeys(["loss", *own, *of_heads]):
        lines = [_of_epochs(run, "train", name, "Training", 0), _of_epochs(run, "val", name, "Validation", 1)]
        if name == "loss" and started is not None:
            lines.append(_of_steps(run, started.steps_per_epoch))
        is_log = log_loss and name in ("loss", *of_heads)
        drawn = chart(called(f"val/{name}"), lines, marks, is_share=title_of(name).is_share, is_log=is_log)
        if drawn is not None:
            yield drawn


def _of_epochs(run: SavedRun, split: str, name: str, title: str, colour: int) -> Line:
    x, y = np.array(run.by_epoch(f"{split}/{name}"), np.float64).reshape(-1, 2).T
    return Line(name=title, x=x, y=y, colour=colour)


def _of_steps(run: SavedRun, steps_per_epoch: int) -> Line:
    steps = read_steps(run.folder / EVENTS)
    return Line(name="Training, each step", x=steps.step / steps_per_epoch, y=steps.loss, faint=True)


def page(
    runs: Sequence[SavedRun],
    sections: Sequence[Section],
    comparison: Comparison | None,
    unread: Sequence[str],
    made: str,
) -> str:
    """Return the HTML of a report on ``runs``, a section each; ``unread`` says which others are not in it, and why,
    ``made`` when it was made.
    """
    title = sections[0].title if len(sections) == 1 else f"{len(sections)} runs compared"
    environment = Environment(
        loader=PackageLoader(__package__, "."),
        autoescape=True,  # names may be a stranger's
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=partial(_without_ways, _ways(runs), _names_like_ways(runs)),
    )
    return environment.get_template("page.html.jinja").render(
        title=title, sections=sections, comparison=comparison, unread=unread, made=made
    )


def _ways(runs: Sequence[SavedRun]) -> tuple[str, ...]:
    """Return the folders that the runs and their files are in, the longest first; ``WAY`` misses those with spaces."""
    files = [path for run in runs for path in (run.folder, *own_files(run.experiment))]
    folders = {folder for folder in (*(file.parent for file in files), Path.home()) if len(folder.parts) > 1}
    return tuple(sorted((f"{folder}{os.sep}" for folder in folders), key=len, reverse=True))


def _names_like_ways(runs: Sequence[SavedRun]) -> tuple[str, ...]:
    """Return the classes and labels that look like the way to a file, as ``/m/dog`` does."""
    prepared = [found for run in runs if (found := run.newest(DataPrepared)) is not None]
    names = {name for each in prepared for column in each.columns for name in column.names}
    return tuple(name for name in names if WAY.match(name))


def _without_ways(ways: Sequence[str], names: Sequence[str], value: Any) -> Any:
    """Return a text with the names of files alone, since a report goes to others; anything else as it is."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.startswith("data:image/"):
        return value
    text = value
    for way in ways:
        text = text.replace(way, "")

    def is_name(found: re.Match[str]) -> bool:
        return any(text.startswith(name, found.start()) for name in names)

    return WAY.sub(lambda found: found.group() if is_name(found) else "", text)

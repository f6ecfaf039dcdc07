"""What a run's log and experiment say, in words and tables for the page. No torch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.data import SOURCES, name_of
from workbench.events import (
    AdviceGiven,
    DataPrepared,
    EpochFinished,
    FinalTest,
    RunFailed,
    RunFinished,
    RunStarted,
    StepLeftOut,
    WeightsLoaded,
)
from workbench.layers.base import describe
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.spec.experiment import TrainingRecipe
from workbench.spec.problems import SpecError
from workbench.spec.quantities import duration, significant
from workbench.spec.record import Record
from workbench.spec.words import plural, size_words, upper_first
from workbench.training import OPTIMIZERS, SCHEDULES
from workbench.training.aims import aims_at_prior
from workbench.training.changing.changes import NAMES, said, sentence
from workbench.training.results.costs import training_s
from workbench.training.results.measured import TESTED, called, headline, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.runs.store import SavedRun
    from workbench.spec.column import Column
    from workbench.spec.experiment import DataRecipe, Experiment, Head
    from workbench.spec.record import Value

Rows = tuple[tuple[str, str], ...]
"""Labels and what stands beside them."""


class Table(Record):
    """A table: its heading, and rows of as many texts, of which the first ``num_words`` are no numbers."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    num_words: int = 1


def began(run: SavedRun) -> str:
    """Return the day and time when a run began, on this machine's clock."""
    return time.strftime("%Y-%m-%d, %H:%M", time.localtime(run.began_s))


def results(run: SavedRun) -> tuple[str, ...]:
    """Return what a run has reached and how it ended, a sentence each."""
    return tuple(filter(None, (_reached(run), _best(run), ended(run))))


def _reached(run: SavedRun) -> str:
    epoch, tested = run.newest(EpochFinished), run.newest(FinalTest)
    if epoch is None:
        return "No epoch has been finished, so there is no result."
    words = []
    if tested is not None and (reached := headline(tested.metrics, "test")):
        words.append(f"{reached} on the test split, with the {TESTED}")
    split, where = ("val", "validation") if "val/loss" in epoch.metrics else ("train", "the training split")
    reached = headline(epoch.metrics, split) or f"loss {significant(epoch.metrics[f'{split}/loss'])}"
    words.append(f"{reached} on {where} after epoch {epoch.epoch}")
    joined = "; ".join(words)
    return f"{upper_first(joined)}."


def _best(run: SavedRun) -> str:
    best, last = run.best_epoch, run.newest(EpochFinished)
    if best is None or last is None:
        return ""
    loss = significant(best.metrics["val/loss"])
    if best.epoch == last.epoch:
        return f"That epoch had the lowest validation loss, {loss}; its weights were kept as the best."
    reached = headline(best.metrics, "val")
    beside = f", with {reached}" if reached else ""
    return f"The lowest validation loss, {loss}, came after epoch {best.epoch}{beside}; those weights were kept as the best."


def ended(run: SavedRun) -> str:
    """Return how a run ended, in a sentence or two."""
    of_all = f"{run.num_epochs:,} of {plural(run.experiment.training.epochs, 'epoch')}"
    spent_s = training_s(run)
    took = f", which took {duration(spent_s)}" if spent_s else ""
    last = run.events[-1] if run.events else None
    if run.state == "running":
        return f"The run is still training: this is as of {of_all}{took}."
    if isinstance(last, RunFinished):
        early = "ended early, since validation no longer improved," if last.early else "finished"
        return f"The run {early} after {of_all}{took}."
    if isinstance(last, RunFailed):
        where = f"The run failed after step {last.step:,} ({of_all}{took})"
        return f"{where}: {last.what.rstrip('.')}. {last.advice}".strip()
    return f"The run was stopped after {of_all}{took}."


def measures(run: SavedRun) -> Table | None:
    """Return the losses and measures of the best epoch, the last one and the test; None before the first epoch."""
    last, best, tested = run.newest(EpochFinished), run.best_epoch, run.newest(FinalTest)
    if last is None:
        return None
    columns = {f"Training, epoch {last.epoch}": ("train", last.metrics)}
    if best is not None:
        if best.epoch != last.epoch:
            columns[f"Validation, epoch {best.epoch} (best)"] = ("val", best.metrics)
        which = "last" if best.epoch != last.epoch else "best and last"
        columns[f"Validation, epoch {last.epoch} ({which})"] = ("val", last.metrics)
    if tested is not None:
        columns[f"Test ({TESTED})"] = ("test", tested.metrics)
    names = dict.fromkeys(name.partition("/")[2] for _, metrics in columns.values() for name in metrics)
    rows = tuple(
        (_titled(name), *(_value(metrics, f"{split}/{name}") for split, metrics in columns.values())) for name in names
    )
    return Table(heading=("", *columns), rows=rows)


def _titled(name: str) -> str:
    return called(f"val/{name}")


def _value(metrics: dict[str, float], name: str) -> str:
    return title_of(name).said(metrics[name]) if name in metrics else "–"


def machine(run: SavedRun) -> Rows:
    """Return what a run was computed on, as its log has it."""
    started = run.newest(RunStarted)
    if started is None:
        return ()
    told = started.environment
    rows = {
        "Device": started.device if (num := told.get("devices", 1)) == 1 else f"{num} × {started.device}",
        "CPU threads": str(told.get("threads", "")),
        "CPU instructions": str(told.get("instructions", "")),
        "Arithmetic": started.speed.words(),
        "Versions": ", ".join(f"{name} {told[key]}" for key, name in VERSIONS.items() if key in told),
    }
    return tuple((label, words) for label, words in rows.items() if words)


VERSIONS = {"workbench": "Workbench", "torch": "torch", "python": "Python"}


def data(run: SavedRun) -> Rows:
    """Return what a run learnt from, and how it was prepared."""
    recipe, prepared = run.experiment.data, run.newest(DataPrepared)
    source = SOURCES.table.get(recipe.source.type)
    title = source.title() if source is not None else recipe.source.type
    own = name_of(recipe.source)
    rows = [("Source", title if own == title else f"{title}: {own}")]
    if prepared is not None:
        rows += _prepared(prepared)
    rows += [(label, said(msgspec.to_builtins(value))) for label, value in _variation(recipe) if value]
    if recipe.leave_out:
        rows.append(("Excluded", plural(len(recipe.leave_out), prepared.thing if prepared else "picture")))
    return tuple(rows)


def _prepared(prepared: DataPrepared) -> Iterator[tuple[str, str]]:
    counts = {"train": prepared.num_train, "val": prepared.num_val, "test": prepared.num_test}
    yield "Splits", ", ".join(f"{count:,} {SPLIT_TITLES[split]}" for split, count in counts.items() if count)
    shape = prepared.picture_shape
    size = describe(shape) if len(shape) == 3 else size_words(shape)
    standardised = ", each channel standardised by its mean and deviation in training" if len(shape) > 1 else ""
    yield f"Each {prepared.thing}", f"{size}{standardised}"
    for column in prepared.columns:
        if column.name != "picture":
            yield upper_first(column.name), column.words()
    if prepared.num_relabelled:
        yield "Labels corrected", f"{prepared.num_relabelled:,}"
    if prepared.num_broken:
        yield "Excluded as broken", plural(prepared.num_broken, "file")


def _variation(recipe: DataRecipe) -> Iterator[tuple[str, Any]]:
    yield "Augmentation", recipe.augmentation
    yield "Mixing", recipe.mixing
    yield "Corruption of the input", recipe.corruption


ALWAYS = ("epochs", "batch_size", "optimizer", "schedule")
ELSEWHERE = ("device", "speed", "heads")
"""Said in other places, or too long for a line."""

OF_PICTURES = ("data.leave_out", "data.relabel")
"""Settings that may name thousands of pictures; how many is said of the data."""


def recipe(run: SavedRun) -> Rows:
    """Return what was set of the training, in plain words; what is at its default is only in ``all_settings``."""
    chosen, usual = run.experiment.training, TrainingRecipe()
    fields = [name for name in TrainingRecipe.__struct_fields__ if name not in ELSEWHERE]
    rows = [
        (_label(f"training.{name}"), said(msgspec.to_builtins(getattr(chosen, name))))
        for name in fields
        if name in ALWAYS or getattr(chosen, name) != getattr(usual, name)
    ]
    prepared = run.newest(DataPrepared)
    rows += [(f"Output {head.output}", _aim(head, prepared.columns if prepared else ())) for head in chosen.heads]
    return (*rows, ("Seed", str(run.experiment.seed)))


def _aim(head: Head, columns: Sequence[Column]) -> str:
    loss = f"{said(msgspec.to_builtins(head.loss))}, weight {head.weight:g}"
    if aims_at_prior(head, columns):
        return f"is compared with the standard normal distribution by {loss}"
    return f"predicts {head.target} with {loss}"


def _label(path: str) -> str:
    return upper_first(NAMES.get(path) or path.rpartition(".")[2].replace("_", " "))


def all_settings(experiment: Experiment) -> Rows:
    """Return every setting of data and training by its path, defaults included, save those of what is not valid."""
    training = msgspec.to_builtins(experiment.training)
    outputs = [head["output"] for head in training["heads"]]
    names = outputs if len(set(outputs)) == len(outputs) else map(str, range(len(outputs)))
    training["heads"] = dict(zip(names, training["heads"], strict=True)) or None
    for part, catalogue in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
        try:
            made = catalogue.of(getattr(experiment.training, part))
        except SpecError:  # for which the run has failed
            continue
        training[part]["parameters"] = {
            name: msgspec.to_builtins(getattr(made, name)) for name in made.__struct_fields__
        }
    found = {**dict(_flat("data", msgspec.to_builtins(experiment.data))), **dict(_flat("training", training))}
    return (*((path, said(value)) for path, value in found.items()), ("seed", str(experiment.seed)))


def _flat(path: str, value: Value) -> Iterator[tuple[str, Value]]:
    if path in OF_PICTURES:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(path if key == "parameters" else f"{path}.{key}", inner)
    else:
        yield path, value


def changes(run: SavedRun) -> tuple[tuple[float, str], ...]:
    """Return the changes made while a run trained: the epoch, as a fraction, and what was changed."""
    started = run.newest(RunStarted)
    per_epoch = started.steps_per_epoch if started is not None else 1
    return tuple(
        (event.step / per_epoch, f"after step {event.step:,}: {sentence(event.path, event.before, event.after)}")
        for event in run.changes
    )


def told(run: SavedRun) -> tuple[str, ...]:
    """Return the warnings and the advice that were given while a run trained, a sentence or two each."""
    prepared, loaded = run.newest(DataPrepared), run.newest(WeightsLoaded)
    lines = list(prepared.notes) if prepared is not None else []
    if loaded is not None:
        lines.append(f"Initial weights from {loaded.file}: {loaded.words}")
    lines += [
        f"After epoch {event.epoch}: {event.what} {event.advice}"
        for event in run.events
        if isinstance(event, AdviceGiven)
    ]
    num_left_out = sum(isinstance(event, StepLeftOut) for event in run.events)
    if num_left_out:
        lines.append(f"{plural(num_left_out, 'step')} changed nothing: a gradient was too large for fp16.")
    return tuple(lines)

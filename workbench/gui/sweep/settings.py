"""The settings of an experiment that a sweep can vary, with the names that the rest of the window uses. No Qt."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from workbench.data import AUGMENTATIONS, CORRUPTIONS, MIXINGS, SOURCES
from workbench.gui.canvas.cards import PHRASES
from workbench.gui.experiment.selected import Selected
from workbench.gui.forms.form_text import fits, help_of, is_bound, label, show
from workbench.gui.inspector.presenter import form_of
from workbench.gui.settings.declared import HeadSettings, RunSettings, SplitSettings, UpdateSettings
from workbench.gui.settings.presenter import run_values
from workbench.gui.sweep import values
from workbench.gui.widgets.search_lines import Line
from workbench.spec.catalogue import Catalogue, Declared
from workbench.spec.component import Component
from workbench.spec.edits import MAX_REPEAT
from workbench.spec.experiment import Architecture, Experiment, Head, Speed
from workbench.spec.forms import Parameter, parameters_of
from workbench.spec.graph import INPUT, OUTPUT, Node
from workbench.spec.record import Record, Value
from workbench.training import INITIALISERS, LOSSES, OPTIMIZERS, SCHEDULES
from workbench.training.changing.changes import NAMES, RATE
from workbench.training.results.differing import SEED

MOST_FOUND = 100
"""The number of settings listed at once; a few more letters find the others."""

NONE = "none"
"""How a part is called that there is none of."""

_REPEAT = Parameter(
    name="repeat",
    kind="int",
    required=False,
    title="repetitions",
    default=1,
    start=1,
    minimum=1,
    maximum=MAX_REPEAT,
    help="how many times it repeats, one after the other",
)


class Setting(Record):
    """A setting by its path, with its title, where the window has it, what it can be, and what it is now."""

    path: str
    title: str
    place: str
    parameter: Parameter
    value: Value
    parts: Mapping[str, Value] = {}
    """What a choice stands for in the file, if not for itself."""

    def written(self, value: Value) -> str:
        """Return a value as ``override`` reads it."""
        return values.written(self.parts[str(value)] if self.parts else value)


def settings_of(experiment: Experiment, selected: Selected) -> tuple[Setting, ...]:
    """Return those that have a form and a value of their own, those of the ``selected`` nodes first, then the learning
    rate. What is bound to a parameter of its block is that parameter's.
    """
    layers = tuple(_of_network(experiment.architecture))
    chosen = [node for scope, node, _ in layers if scope == selected.scope and node.name in selected.names]
    nodes = [setting for _, node, own in layers for setting in own if node in chosen]
    others = [setting for _, node, own in layers for setting in own if node not in chosen]
    recipe = sorted(_of_recipe(experiment), key=lambda setting: setting.path != RATE)
    return (*nodes, *recipe, *_of_data(experiment), *others)


def found(settings: Iterable[Setting], words: str) -> Sequence[Line]:
    """Return the settings with all of the words: first those whose titles begin so, last those with them in their help.

    There are at most ``MOST_FOUND``.
    """
    wanted = words.casefold().split()
    lines: list[list[Line]] = [[], [], []]
    for setting in settings:
        on_card = PHRASES.get(setting.parameter.name, "")
        title, near = setting.title.casefold(), f"{setting.title} {setting.place} {on_card}".casefold()
        beyond = f"{near} {setting.parameter.help}".casefold()
        rank = next((rank for rank, text in enumerate((near, beyond), 1) if all(word in text for word in wanted)), None)
        if rank is not None:
            begins = all(f" {title}".find(f" {word}") >= 0 for word in wanted)
            lines[0 if begins else rank].append(_line(setting))
    return [line for rank in lines for line in rank][:MOST_FOUND]


def _line(setting: Setting) -> Line:
    value = show(setting.value) or setting.parameter.nothing
    return Line(value=setting.path, title=setting.title, note=value, help=help_of(setting.parameter))


def _of_recipe(experiment: Experiment) -> Iterator[Setting]:
    recipe = experiment.training
    yield from _of_component("training.optimizer", OPTIMIZERS, recipe.optimizer, "optimizer")
    for parameter in parameters_of(RunSettings):
        yield from _of_form("" if parameter.name == SEED else "training", [parameter], run_values(experiment), "Run")
    yield from _of_component("training.schedule", SCHEDULES, recipe.schedule, "schedule")
    yield from _of_component("training.initialiser", INITIALISERS, recipe.initialiser, "initialisation")
    yield from _of_form("training", parameters_of(UpdateSettings), _fields(recipe), "Updates")
    for key, head in zip(_keys([head.output for head in recipe.heads]), recipe.heads, strict=True):
        yield from _of_head(f"training.heads.{key}", head)
    yield from _of_form("training.speed", parameters_of(Speed), _fields(recipe.speed), "Speed")


def _of_head(path: str, head: Head) -> Iterator[Setting]:
    yield from _of_form(path, parameters_of(HeadSettings), {"weight": head.weight}, "Outputs", of=head.output)
    yield from _of_component(f"{path}.loss", LOSSES, head.loss, "loss", of=head.output)


def _of_data(experiment: Experiment) -> Iterator[Setting]:
    data = experiment.data
    yield from _of_form("data", parameters_of(SplitSettings), _fields(data), "Split")
    for key, step in zip(_keys([step.type for step in data.augmentation]), data.augmentation, strict=True):
        yield from _parameters(f"data.augmentation.{key}", AUGMENTATIONS, step, "Augmentation", of=step.type)
    for name, catalogue, chosen in (("mixing", MIXINGS, data.mixing), ("corruption", CORRUPTIONS, data.corruption)):
        if chosen is not None:
            yield from _parameters(f"data.{name}", catalogue, chosen, name.capitalize(), of=chosen.type)
        yield _optional(f"data.{name}", catalogue, chosen, name)
    yield from _parameters("data.source", SOURCES, data.source, "Source", of="the data")
    built_in = tuple(sorted((name for name, source in SOURCES.table.items() if not source.is_own), key=str.casefold))
    if not data.leave_out and not data.relabel:  # other data would not have these
        yield from _of_type("data.source", built_in, data.source, "data set", "Source")


def _optional(path: str, catalogue: Catalogue[Any], chosen: Component | None, title: str) -> Setting:
    """Return the setting of a part that there may be none of."""
    now = NONE if chosen is None else chosen.type
    parts: dict[str, Value] = {name: {"type": name} for name in sorted(catalogue.table, key=str.casefold)}
    parts = {NONE: None} | parts | {now: msgspec.to_builtins(chosen)}
    kind = Parameter(name="type", kind="choice", required=True, start=now, choices=tuple(parts), title=title)
    return Setting(path=path, title=title, place=title.capitalize(), parameter=kind, value=now, parts=parts)


def _of_network(architecture: Architecture) -> Iterator[tuple[str, Node, tuple[Setting, ...]]]:
    """Yield the settings of each node, with the node and the scope that it is in."""
    graphs = {"": architecture.graph, **architecture.blocks}
    for scope, graph in graphs.items():
        path = f"architecture.blocks.{scope}" if scope else "architecture.graph"
        for node in graph.nodes:
            yield scope, node, tuple(_of_node(architecture, node, f"{path}.nodes.{node.name}", scope))


def _of_node(architecture: Architecture, node: Node, path: str, scope: str) -> Iterator[Setting]:
    name = f"{node.name} in {scope}" if scope else node.name
    own = [each for each in form_of(architecture, node) if each.name not in Node.__struct_fields__]
    yield from _of_form(path, own, node.parameters, node.type, of=name)
    if node.type in architecture.blocks or (node.repeat > 1 and node.type not in (INPUT, OUTPUT)):
        yield from _of_form(path, [_REPEAT], {"repeat": node.repeat}, node.type, of=name)


def _of_component(
    path: str, catalogue: Catalogue[Any], component: Component, title: str, of: str = ""
) -> Iterator[Setting]:
    """Yield the parameters of a component, then its type."""
    yield from _parameters(path, catalogue, component, title.capitalize(), of=of)
    yield from _of_type(
        path, tuple(sorted(catalogue.table, key=str.casefold)), component, title, title.capitalize(), of
    )


def _of_type(
    path: str, choices: tuple[str, ...], component: Component, title: str, place: str, of: str = ""
) -> Iterator[Setting]:
    kind = Parameter(name="type", kind="choice", required=True, start=component.type, choices=choices, title=title)
    yield from _of_form(path, [kind], {"type": component.type}, place, of=of)


def _parameters(
    path: str, catalogue: Catalogue[Any], component: Component, place: str, of: str = ""
) -> Iterator[Setting]:
    cls: type[Declared] | None = catalogue.table.get(component.type)
    if cls is not None:
        yield from _of_form(path, parameters_of(cls), component.parameters, place, of=of)


def _of_form(
    path: str, parameters: Iterable[Parameter], values: dict[str, Value], place: str, of: str = ""
) -> Iterator[Setting]:
    """Yield a setting for each parameter of a form whose value its editor can show."""
    for parameter in parameters:
        value = values.get(parameter.name, parameter.fallback)
        if parameter.elsewhere or parameter.is_path or is_bound(value) or not fits(value, parameter):
            continue
        own = f"{path}.{parameter.name}".removeprefix(".")
        title = NAMES.get(own) or (f"{label(parameter)} of {of}" if of else label(parameter))
        yield Setting(path=own, title=title, place=place, parameter=parameter, value=value)


def _fields(record: Record) -> dict[str, Value]:
    return {field: msgspec.to_builtins(getattr(record, field)) for field in record.__struct_fields__}


def _keys(names: Sequence[str]) -> list[str]:
    """Return how each item of a list is called in a path: by its name, or its place if another has the same."""
    counts = Counter(names)
    return [name if counts[name] == 1 else str(place) for place, name in enumerate(names)]

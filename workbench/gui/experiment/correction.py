"""Correcting the labels of pictures in the experiment's data, in every window that shows them. No Qt."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from workbench.data.relabel import relabelling, without_labels
from workbench.gui.widgets.search_lines import Line
from workbench.spec.experiment import DataRecipe, Experiment
from workbench.spec.record import Record, replace
from workbench.spec.words import several

AS_PREDICTED, AS_IN_DATA = "predicted", "data"
"""The values of lines that give each picture a label of its own; those of classes are their numbers."""

RESTORES = "restore the data's own label"


class Labelled(Record):
    """A picture with its class in the data itself, its current one, and the one that a network predicts if any."""

    name: str
    own: str
    label: str
    predicted: str = ""


def label_of(recipe: DataRecipe, column: str, name: str, own: str) -> str:
    """Return the class of a picture as the recipe corrects it."""
    return recipe.relabel.get(column, {}).get(name, own)


def lines(pictures: Sequence[Labelled], classes: Sequence[str], words: str = "") -> list[Line]:
    """Return what the labels of these pictures can be changed to: what is predicted first, then the data's own where
    that was corrected, then all classes, each once. ``words`` filters them.
    """
    suggested = Counter(each.predicted for each in pictures if each.predicted not in ("", each.label))
    found = []
    if len(suggested) > 1:
        found.append(Line(value=AS_PREDICTED, title="Each as predicted", note=f"{suggested.total():,} differ"))
    own = {each.own for each in pictures} if any(each.own != each.label for each in pictures) else set()
    own_title = next(iter(own)) if len(own) == 1 else "Each as in the data"
    for name, count in suggested.most_common():
        note = _predicted(count, len(pictures))
        if own == {name}:
            found.append(Line(value=AS_IN_DATA, title=name, note=f"{note}, {RESTORES}"))
        else:
            found.append(Line(value=_value(classes, name), title=name, note=note))
    if own and own_title not in suggested:
        found.append(Line(value=AS_IN_DATA, title=own_title, note=RESTORES))
    there = {line.title for line in found} | (
        {pictures[0].label} if len({each.label for each in pictures}) == 1 else set()
    )
    found += [Line(value=str(place), title=name) for place, name in enumerate(classes) if name not in there]
    typed = words.casefold().split()
    return [line for line in found if all(word in line.title.casefold() for word in typed)]


def _value(classes: Sequence[str], name: str) -> str:
    return str(list(classes).index(name))


def _predicted(count: int, total: int) -> str:
    return "predicted" if total == 1 else f"predicted for {count:,} of {total:,}"


def corrected(
    experiment: Experiment,
    column: str,
    pictures: Collection[Labelled],
    classes: Sequence[str],
    value: str,
    thing: str = "picture",
) -> tuple[str, Experiment]:
    """Return the undo label and the experiment in which the labels of these pictures are those that a line stands for;
    several are called ``thing``.

    A label that is the data's own is corrected no longer.
    """
    if value == AS_IN_DATA:
        return restored(experiment, column, [each.name for each in pictures if each.own != each.label], thing)
    each_own = {each.name: each.predicted for each in pictures}
    labels = each_own if value == AS_PREDICTED else dict.fromkeys(each_own, classes[int(value)])
    own = {each.name: each.own for each in pictures}
    relabel = without_labels(experiment.data.relabel, column, labels)
    wrong = {name: label for name, label in labels.items() if label != own[name]}
    data = relabelling(replace(experiment.data, relabel=relabel), column, wrong)
    which = f"as {classes[int(value)]}" if value != AS_PREDICTED else "as predicted"
    return f"label {_said(labels, thing)} {which}", replace(experiment, data=data)


def restored(
    experiment: Experiment, column: str, names: Collection[str], thing: str = "picture"
) -> tuple[str, Experiment]:
    """Return the undo label and the experiment that no longer corrects the labels of these pictures; several are
    called ``thing``.
    """
    relabel = without_labels(experiment.data.relabel, column, names)
    said = f"the label of {_said(names, thing)}" if len(names) == 1 else f"the labels of {_said(names, thing)}"
    return f"restore {said}", replace(experiment, data=replace(experiment.data, relabel=relabel))


def _said(names: Collection[str] | Mapping[str, str], thing: str) -> str:
    return next(iter(names)) if len(names) == 1 else f"{len(names):,} {several(thing)}"


class LabelOffer(Record):
    """The selected pictures, or whatever ``thing`` they are called, and what the labels of one of their columns can be
    changed to. It stays as it is while other data or another run is shown.
    """

    pictures: Sequence[Labelled]
    column: str
    classes: Sequence[str]
    thing: str

    @property
    def prompt(self) -> str:
        """What a choice does."""
        return f"Label {_said([each.name for each in self.pictures], self.thing)} as"

    def lines(self, words: str) -> list[Line]:
        """Return what the labels can be changed to, as ``lines`` does."""
        return lines(self.pictures, self.classes, words)

    def corrected(self, experiment: Experiment, value: str) -> tuple[str, Experiment]:
        """Return the undo label and the experiment with the labels changed as a line says."""
        return corrected(experiment, self.column, self.pictures, self.classes, value, self.thing)

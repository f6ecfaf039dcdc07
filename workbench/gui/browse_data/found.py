"""What is found in an experiment's data, to be shown, and which edits of it change that. No Qt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.data.relabel import check_names
from workbench.session.editing.data_facts import DataFacts, Twins, data_facts
from workbench.spec.experiment import DataRecipe, Experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training.aims import heads_of

if TYPE_CHECKING:
    from workbench.data.inventory import Inventory
    from workbench.session.editing.survey import Survey


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What was found in the data, with corrected labels, and what follows from what is excluded.

    ``survey`` is None before the scan has ended, and for points. ``twins_of`` maps a picture's number to the duplicates
    that it is part of, leaks first. ``own_labels`` has the class in the data itself of each corrected label, of
    excluded pictures, too: column -> name -> class. ``strays`` says which labels are corrected of pictures that the
    data does not have.
    """

    inventory: Inventory
    survey: Survey | None
    recipe: DataRecipe
    facts: DataFacts
    twins_of: Mapping[int, list[Twins]]
    own_labels: Mapping[str, Mapping[str, str]]
    strays: SpecError | None


def work_out(inventory: Inventory, survey: Survey | None, recipe: DataRecipe) -> Found:
    """Return everything that is shown about the data.

    With a million pictures this takes seconds: run it in the background.
    """
    known = data_facts(inventory, survey, recipe)
    twins_of: defaultdict[int, list[Twins]] = defaultdict(list)
    for twins in known.twins:
        for number in twins.numbers:
            twins_of[number].append(twins)
    return Found(
        inventory=inventory.relabelled(recipe.relabel),
        survey=survey,
        recipe=recipe,
        facts=known,
        twins_of=dict(twins_of),
        own_labels=inventory.own_labels(recipe.relabel),
        strays=_strays(inventory, recipe),
    )


def _strays(inventory: Inventory, recipe: DataRecipe) -> SpecError | None:
    try:
        check_names(inventory.splits.values(), inventory.unusable, recipe.relabel)
    except SpecError as error:
        return error
    return None


def same_data(before: Experiment, after: Experiment) -> bool:
    """Whether the same pictures would be scanned, whatever is excluded, corrected, or augmented in training."""
    one, other = (
        replace(each.data, augmentation=(), mixing=None, leave_out=(), relabel={}) for each in (before, after)
    )
    same_inputs = before.architecture.graph.inputs == after.architecture.graph.inputs
    # Which rows of a table are excluded depends on the columns that heads predict.
    one_target, other_target = ([head.target for head in heads_of(each)] for each in (before, after))
    return one == other and before.seed == after.seed and same_inputs and one_target == other_target


def marked(experiment: Experiment) -> tuple[object, object]:
    """Return what the recipe says of single pictures."""
    return experiment.data.leave_out, experiment.data.relabel

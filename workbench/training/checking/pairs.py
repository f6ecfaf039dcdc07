"""Checks of heads whose output is an embedding, learnt by comparing the pictures of a batch. Imports no torch."""

from collections.abc import Iterator, Sequence

from workbench.compiler.facts import Analysis, NodeFacts
from workbench.data import thing_of
from workbench.layers.base import describe
from workbench.spec.column import Column, named
from workbench.spec.experiment import Experiment, Head, TrainingRecipe
from workbench.spec.problems import Problem, SpecError
from workbench.spec.words import several
from workbench.training import LOSSES
from workbench.training.aims import embeds, heads_of, of_classes
from workbench.training.checking.remedies import giving

USUAL_WIDTH = 64
"""The units that are offered for an embedding; 128 tell eight million people's faces apart (Schroff et al. 2015)."""

USUAL_GROUP = 4


def check_embedding(experiment: Experiment, analysis: Analysis, facts: NodeFacts, head: Head) -> Iterator[Problem]:
    """Yield a problem if the output is no vector, or if a recipe's batches are not compared as they come."""
    shape, loss = facts.output_shapes[0], LOSSES[head.loss.type].title()
    if len(shape) != 1:
        yield Problem(
            node=facts.path,
            what=f"the output gives {describe(shape)}, but {loss} compares vectors",
            mend=f"end with Flatten and a Linear of, say, {USUAL_WIDTH} units",
            remedy=giving(experiment.architecture.graph, facts.path, analysis, (USUAL_WIDTH,), is_classes=False),
        )
    mixing, accumulate = experiment.data.mixing, experiment.training.accumulate
    if mixing is not None:
        yield Problem(
            node=facts.path,
            what=f"{mixing.type} mixes pictures of different classes, but {loss} compares pictures of one class each",
            mend="remove the mixing",
        )
    if accumulate > 1:
        yield Problem(
            node="",
            what=f"a step takes {accumulate} batches, but {loss} compares the pictures of one batch alone, so they would "
            "not be as one large batch",
            mend="set the batches per step to 1, and raise the batch size instead",
        )


def check_one_device(recipe: TrainingRecipe) -> None:
    """Raise SpecError for a loss that needs all of a batch in one process; default losses never do."""
    if pairing := next(filter(embeds, recipe.heads), None):
        raise SpecError(
            f"training.heads: {LOSSES[pairing.loss.type].title()} compares all pictures of a batch, and several devices "
            "would each compare only their own: train on one device"
        )


def check_groups(experiment: Experiment, columns: Sequence[Column]) -> Iterator[Problem]:
    """Yield a problem if there are no classes to group by, and a warning if a batch will rarely hold two pictures of
    one class, or hardly two classes, or if a mixing would hardly mix classes.
    """
    recipe, classes = experiment.training, of_classes(experiment, columns)
    size, per_class = recipe.batch_size, recipe.per_class
    if per_class > 1 and not classes:
        what = f"{per_class} pictures per class are to come together, but no output is trained for a class"
        yield Problem(node="", what=what, mend="set the pictures per class to 1, or train for a class")
    if per_class > 1 and experiment.data.mixing is not None:
        what = (
            f"{experiment.data.mixing.type} mixes each example with the one before it in its batch, which with "
            f"{per_class} of a class together is mostly of the same class"
        )
        yield Problem(node="", what=what, mend="set the pictures per class to 1", severity="warning")
    if not classes or not any(map(embeds, heads_of(experiment, columns))):
        return
    one = thing_of(experiment.data.source, experiment.architecture.input_shape or ())
    if per_class > 1 and 2 * per_class > size:
        what = f"a batch of {size} has groups of {per_class} {several(one)} of a class, so it hardly has another class to compare"
        yield Problem(node="", what=what, mend="raise the batch size to several groups", severity="warning")
    grouped = named(columns, classes[0])
    assert grouped is not None
    num_classes = len(grouped.names)
    if per_class == 1 and (1 - 1 / num_classes) ** (size - 1) > 0.5:
        yield Problem(
            node="",
            what=f"with {num_classes:,} classes, most {several(one)} of a batch of {size} have no other of their class in it, so that "
            "they hardly teach anything",
            mend=f"set the pictures per class to {USUAL_GROUP}, or raise the batch size",
            severity="warning",
        )

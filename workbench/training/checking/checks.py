"""Checks whether a valid network can be trained with a recipe on the given data."""

import math
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from workbench.compiler.facts import Analysis, NodeFacts
from workbench.data import thing_of
from workbench.data.mixing import MIXABLE
from workbench.layers.base import describe
from workbench.spec.catalogue import Catalogue
from workbench.spec.column import CLASS, PICTURE, Column, named
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Head, TrainingRecipe
from workbench.spec.graph import OUTPUT
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import replace
from workbench.spec.remedy import Remedy, SetHead, SetSchedule
from workbench.spec.treatment import initialisers, own_initialisers, treatments
from workbench.spec.words import several
from workbench.training import INITIALISERS, LOSSES, MEASURES, SCHEDULES
from workbench.training.aims import aimed, aims_at_prior, embeds, fitting_measures, heads_of, measures_of, num_classes
from workbench.training.checking.counted import as_number, gives_number, is_counted, taken_for_classes
from workbench.training.checking.pairs import check_embedding, check_groups
from workbench.training.checking.remedies import giving
from workbench.training.loss import Loss
from workbench.training.measure import Measure

LEAST_BEGINNING = 0.5
"""The smallest share of the learning rate at which a schedule may begin; one that begins lower warms up by itself."""


def check_training(
    experiment: Experiment,
    analysis: Analysis,
    columns: Sequence[Column],
    num_train: int | None = None,
    features: Sequence[Column] = (),
) -> tuple[Problem, ...]:
    """Return what prevents a valid network from being trained by this recipe, such as no weights or no matching column,
    and warnings about what was hardly intended. Of a table's ``features``, one could be predicted instead.
    """
    frozen = {path for path, treatment in treatments(experiment.architecture).items() if treatment.frozen}
    return (
        *check_heads(experiment, analysis, columns, features),
        *_several_inputs(experiment),
        *_nothing_learns(analysis, frozen),
        *_alone(experiment, analysis, frozen, num_train),
        *_undrawable(experiment),
        *_undrawn(experiment, analysis),
        *check_warmup(experiment.training),
        *check_groups(experiment, columns),
    )


def _several_inputs(experiment: Experiment) -> Iterator[Problem]:
    inputs = experiment.architecture.graph.inputs
    if len(inputs) > 1:
        names = ", ".join(node.name for node in inputs)
        what = f"the network has {len(inputs)} Inputs ({names}), but the data gives one picture at a time"
        yield Problem(node=inputs[1].name, what=what, mend="keep one of them")


def _nothing_learns(analysis: Analysis, frozen: Collection[str]) -> Iterator[Problem]:
    what = "nothing in the network can be trained"
    if frozen and not any(analysis.nodes[path].parameters and path not in frozen for path in analysis.leaves):
        yield Problem(node="", what=f"{what}: all its layers are frozen", mend="unfreeze at least the last one")
    if analysis.parameters == 0:
        yield Problem(node="", what=f"{what}: it has no weights", mend="add a Linear or a Conv2d")


def _alone(
    experiment: Experiment, analysis: Analysis, frozen: Collection[str], num_train: int | None
) -> Iterator[Problem]:
    """Batch normalisation of one value per channel, as torch refuses it in training: a single picture, of one pixel or
    flattened. A frozen layer normalises as in evaluation.
    """
    norms = (analysis.nodes[path] for path in analysis.leaves if path not in frozen)
    single = next(
        (each for each in norms if each.type == "BatchNorm" and math.prod(each.output_shapes[0][1:]) == 1), None
    )
    if single is None or 1 not in (experiment.training.batch_size, num_train):
        return
    if num_train == 1:
        one = thing_of(experiment.data.source, experiment.architecture.input_shape or ())
        why, mend = f"there is a single training {one}", f"add {several(one)}"
    else:
        why, mend = "the batch size is 1", "raise the batch size"
    yield Problem(
        node=single.path,
        what=f"batch normalisation cannot compute a variance from one value per channel, and {why}",
        mend=f"{mend}, or use LayerNorm",
    )


def check_warmup(recipe: TrainingRecipe) -> Iterator[Problem]:
    """Warn about a warm-up before a schedule that has its own, and about one that lasts as long as the run."""
    chosen = recipe.schedule
    try:
        schedule = SCHEDULES.of(chosen)
    except SpecError:  # reported by whoever makes the schedule
        return
    warmup = schedule.warmup_epochs
    if not warmup:
        return
    begins_at = schedule.shape(0, steps_per_epoch=100, num_steps=100 * recipe.epochs)
    if begins_at < LEAST_BEGINNING:
        rest = {name: value for name, value in chosen.parameters.items() if name != "warmup_epochs"}
        remedy = SetSchedule(
            words="Take the warm-up out", path="", schedule=Component(type=chosen.type, parameters=rest)
        )
        what = (
            f"after its warm-up the learning rate falls to {begins_at:.3g} of itself and climbs a second time, "
            f"since {chosen.type} begins with a climb of its own"
        )
        yield Problem(node="", what=what, mend="set warmup epochs to 0", severity="warning", remedy=remedy)
    if warmup >= recipe.epochs:
        what = (
            f"the warm-up takes {warmup:g} epochs and the run has {recipe.epochs}: it ends before it comes to its rate"
        )
        yield Problem(node="", what=what, mend="warm up for less, or raise the epochs", severity="warning")


def _undrawable(experiment: Experiment) -> Iterator[Problem]:
    """Yield a problem for each layer whose own initialiser does not exist or has invalid settings."""
    for path, component in initialisers(experiment.architecture).items():
        try:
            INITIALISERS.of(component)
        except SpecError as error:
            yield Problem(
                node=path, what=f"its weights cannot be initialised: {error}", mend="choose how under Training"
            )


def _undrawn(experiment: Experiment, analysis: Analysis) -> Iterator[Problem]:
    """Yield a problem for each node that has its own initialiser but no weight for it to draw."""
    for path in own_initialisers(experiment.architecture):
        if analysis.nodes[path].mixes:
            continue
        within = path.rpartition(".")[0]
        beside = [
            each.rpartition(".")[2]
            for each, facts in analysis.nodes.items()
            if facts.mixes and each.rpartition(".")[0] == within
        ]
        there = f"; {', '.join(beside)} {'have' if len(beside) > 1 else 'has'}" if beside else ""
        yield Problem(
            node=path,
            what=f"it has no weights to initialise{there}",
            mend="remove its own initialiser",
        )


def check_heads(
    experiment: Experiment, analysis: Analysis, columns: Sequence[Column], features: Sequence[Column] = ()
) -> tuple[Problem, ...]:
    """Return the problems of heads whose output or column does not exist, whose loss does not apply, or whose shapes
    differ.
    """
    problems: list[Problem] = []
    heads = heads_of(experiment, columns)
    if heads and not any(head.weight for head in heads):
        what = "nothing can be learnt: the weight of every loss is 0"
        problems.append(Problem(node="", what=what, mend="give at least one head a weight above 0"))
    if heads and all(aims_at_prior(head, columns) for head in heads):
        what = "nothing is learnt of the data: every output is compared with the prior alone"
        problems.append(Problem(node="", what=what, mend="let another Output predict a column, such as the picture"))
    for head in heads:
        column = named(columns, head.target)
        facts = analysis.nodes.get(head.output)
        if column is None:
            problems.append(_no_column(experiment, head, facts, columns, features))
        elif column.kind == "class" and len(column.names) == 1:
            problems.append(_one_class(head, column))
        if facts is None or facts.type != OUTPUT:
            problems.append(_no_output(head, analysis))
        elif column is not None:
            problems += _mismatches(experiment, analysis, head, columns)
    return tuple(problems)


def _mismatches(experiment: Experiment, analysis: Analysis, head: Head, columns: Sequence[Column]) -> Iterator[Problem]:
    """Yield what does not fit between a head's output and its column, both of which exist."""
    facts, column = analysis.nodes[head.output], named(columns, head.target)
    assert column is not None
    if is_counted(experiment, head, facts, column):
        yield taken_for_classes(experiment, head, column, columns)
        return
    yield from _misfits(head, column)
    if embeds(head):
        yield from check_embedding(experiment, analysis, facts, head)
        return
    yield from _unmixable(experiment, head, column)
    if column.kind == "prior":
        yield from _unhalved(facts)
    elif column.name == PICTURE and len(columns) == 1 and len(facts.output_shapes[0]) == 1:
        yield _unlabelled(facts)
    else:
        other = next((each for each in columns if each.answer == facts.output_shapes[0]), None)
        if column.kind == "class" and other is not None and len(other.answer) > 1:
            yield _other_column(head, facts, column, other)
        else:
            misshapen = partial(_misshapen, experiment, analysis, facts, columns)
            axes = len(facts.output_shapes[0])
            others = [
                each for each in columns if len(each.answer) == axes and all(the.remedy for the in misshapen(each))
            ]
            for problem in misshapen(column):
                yield problem if problem.remedy or not others else _or_another_column(problem, head, facts, others)


def _unhalved(facts: NodeFacts) -> Iterator[Problem]:
    """Yield a problem unless the output has a mean and a log variance for each number of a code."""
    shape = facts.output_shapes[0]
    if shape[0] % 2:
        what = f"the means and log variances of a code are an even number, but the output gives {describe(shape)}"
        yield Problem(
            node=facts.path, what=what, mend="make the layer before it output twice as many numbers as the code has"
        )


def _other_column(head: Head, facts: NodeFacts, column: Column, other: Column) -> Problem:
    """Return the problem of an output that has the shape of another column, as that of an autoencoder."""
    what = f"{_come_out(facts.output_shapes[0])}, but the data has {column.counted()}"
    return Problem(node=facts.path, what=what, mend=f"predict the column {other.name}", remedy=_aiming(head, other))


def _or_another_column(problem: Problem, head: Head, facts: NodeFacts, others: Sequence[Column]) -> Problem:
    """Return the problem, which no layer would fix, with one of the ``others`` that the output could predict."""
    other = _likeliest(head, facts, others)
    return replace(problem, mend=f"{problem.mend}; or predict {other.name}", remedy=_aiming(head, other))


def _come_out(shape: tuple[int, ...]) -> str:
    return f"{_numbers(shape)} {'comes' if shape == (1,) else 'come'} out"


def _numbers(shape: tuple[int, ...]) -> str:
    return "1 number" if shape == (1,) else f"{describe(shape)} numbers"


def _unlabelled(facts: NodeFacts) -> Problem:
    what = (
        f"the output gives {describe(facts.output_shapes[0])} numbers, but the data has only pictures, without labels"
    )
    return Problem(
        node=facts.path, what=what, mend="choose data with labels, or let the output be a picture of its size"
    )


def _no_column(
    experiment: Experiment,
    head: Head,
    facts: NodeFacts | None,
    columns: Sequence[Column],
    features: Sequence[Column],
) -> Problem:
    if not columns:
        what = f"a head needs the column {head.target}, but the data has nothing to predict"
        mend = "say by the type of a column what is predicted, or choose data with labels"
        return Problem(node=head.output, what=what, mend=mend)
    names = [column.name for column in columns]
    there = f"{names[0]} alone" if len(names) == 1 else ", ".join(names)
    best = _likeliest(head, facts, columns)
    remedy: Remedy = _aiming(head, best)
    if facts is not None and is_counted(experiment, head, facts, best):
        remedy = as_number(experiment, head, best, columns)
    mend = f"set its target to {' or '.join(names)}"
    is_number = any(column.kind == "number" for column in columns)
    if features and not is_number and facts is not None and gives_number(head, facts):
        mend += f"; or predict a number, such as {features[-1].name}, that was taken for a feature"
        remedy = as_number(experiment, head, features[-1], columns)
    return Problem(
        node=head.output,
        what=f"a head needs the column {head.target}, but the data has {there}",
        mend=mend,
        remedy=remedy,
    )


def _likeliest(head: Head, facts: NodeFacts | None, columns: Sequence[Column]) -> Column:
    """Return the column that best matches the output: by shape, then number of axes, then the loss."""
    shape = facts.output_shapes[0] if facts is not None and facts.output_shapes else ()
    takes = LOSSES[head.loss.type].takes if head.loss.type in LOSSES else ()

    def likeness(column: Column) -> tuple[bool, bool, bool]:
        return column.answer == shape, len(column.answer) == len(shape), column.kind in takes

    return max(columns, key=likeness)


def _one_class(head: Head, column: Column) -> Problem:
    return Problem(
        node=head.output,
        what=f"the column {column.name} has a single class ({column.names[0]}), so there is nothing to learn",
        mend="choose data with several classes, or another target",
    )


def _no_output(head: Head, analysis: Analysis) -> Problem:
    outputs = ", ".join(path for path in analysis.leaves if analysis.nodes[path].type == OUTPUT)
    return Problem(
        node="",
        what=f"a head needs the output {head.output}, which does not exist",
        mend=f"there is {outputs or 'none'}",
    )


def _misfits(head: Head, column: Column) -> Iterator[Problem]:
    """Yield a problem if the loss or a measure does not support the column's kind."""
    chosen: list[tuple[str, Catalogue[Loss] | Catalogue[Measure], Component]] = [("loss", LOSSES, head.loss)]
    chosen += [("measure", MEASURES, measure) for measure in measures_of(head, column)]
    for what, catalogue, component in chosen:
        if component.type not in catalogue:
            continue
        if what == "measure" and MEASURES[component.type].embeds != embeds(head):
            yield _other_measure(head, column, component)
        elif column.kind not in catalogue[component.type].takes:
            fitting = [name for name, each in catalogue.table.items() if column.kind in each.takes]
            yield Problem(
                node=head.output,
                what=f"the {what} {component.type} does not apply to the column {column.name}, which holds "
                f"{column.words()}",
                mend=_instead(fitting),
                remedy=_aiming(head, column),
            )


def _other_measure(head: Head, column: Column, measure: Component) -> Problem:
    """Return the problem of a measure of embeddings for an output that is none, or the other way round."""
    fitting = fitting_measures(head, column.kind)
    kept = tuple(each for each in head.measures if each.type in fitting)
    what = (
        f"the measure {measure.type} is one of answers, but {head.loss.type} makes the output an embedding"
        if embeds(head)
        else f"the measure {measure.type} is one of embeddings, but {head.loss.type} does not make the output one"
    )
    remedy = SetHead(words="Replace the measure", path=head.output, head=replace(head, measures=kept))
    return Problem(node=head.output, what=what, mend=_instead(fitting), remedy=remedy)


def _instead(fitting: Sequence[str]) -> str:
    return f"use {' or '.join(fitting)}" if fitting else "remove it"


def _unmixable(experiment: Experiment, head: Head, column: Column) -> Iterator[Problem]:
    """Yield a problem if pictures are mixed but the column's targets cannot be."""
    mixing = experiment.data.mixing
    if mixing is not None and column.kind not in (*MIXABLE, "prior"):
        yield Problem(
            node=head.output,
            what=f"{mixing.type} mixes the targets of two pictures, but the column {column.name} holds "
            f"{column.words()}",
            mend="remove the mixing, or predict a class, a number or labels",
        )


def _takes(catalogue: Catalogue[Loss] | Catalogue[Measure], component: Component, column: Column) -> bool:
    return component.type in catalogue and column.kind in catalogue[component.type].takes


def _aiming(head: Head, column: Column) -> SetHead:
    """Return what makes the head predict the column, by its own loss and measures if they apply to it."""
    applies = _takes(LOSSES, head.loss, column) and all(_takes(MEASURES, measure, column) for measure in head.measures)
    better = replace(head, target=column.name) if applies else aimed(head, column)
    return SetHead(words=f"Predict {column.name} with {better.loss.type}", path=head.output, head=better)


def _misshapen(
    experiment: Experiment, analysis: Analysis, facts: NodeFacts, columns: Sequence[Column], column: Column
) -> Iterator[Problem]:
    """Yield a problem if the output's shape differs from the column's."""
    shape, wanted = facts.output_shapes[0], column.answer
    if shape == wanted:
        return
    is_classes = num_classes(experiment, columns) == len(column.names)
    remedy = giving(experiment.architecture.graph, facts.path, analysis, wanted, is_classes=is_classes)
    if len(wanted) == 1:
        whose = "the data" if column.name == CLASS else f"the column {column.name}"
        what = (
            f"{_come_out(shape)}, but {whose} has {column.counted()}"
            if column.names
            else f"the output gives {_numbers(shape)}, but the column {column.name} needs {wanted[0]}"
        )
        mend = (
            f"make the last layer output {wanted[0]}"
            if len(shape) == 1
            else f"end with a Linear layer that gives {wanted[0]}"
        )
    else:
        what = f"the output gives {describe(shape)}, but the column {column.name} needs {describe(wanted)}"
        mend = (
            f"end with a Conv2d of {wanted[0]} filters"
            if shape[1:] == wanted[1:]
            else f"make the output {wanted[1]}×{wanted[2]} pixels: padding keeps the size, Upsample restores it"
        )
    yield Problem(node=facts.path, what=what, mend=mend, remedy=remedy)

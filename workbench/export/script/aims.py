"""The loss that a script minimises, and its measures."""

from collections.abc import Iterable

from workbench.export.code.sources import Sources
from workbench.export.script.functions import function_of
from workbench.export.script.recipe import Head, Measured, Recipe

AS_NUMBERS = "as_numbers(targets, outputs)"
"""How a loss converts targets that may be classes; omitted if they are numbers already."""


def several_columns(recipe: Recipe) -> bool:
    """Return whether a batch's targets are a dictionary."""
    return len(recipe.targets) > 1


def targets_of(head: Head, recipe: Recipe) -> str:
    """Return the variable of a head's targets."""
    return f"targets[{head.column.name!r}]" if several_columns(recipe) else "targets"


def losses(recipe: Recipe, sources: Sources) -> list[str]:
    """Return ``loss_of``: the only head's loss, or the weighted sum of all."""
    heads, one_output = recipe.heads, recipe.num_outputs == 1
    if len(heads) == 1 and heads[0].weight == 1 and one_output:
        return [_loss(heads[0], "loss_of", sources)]
    named: dict[str, str] = {}
    terms = []
    for head in heads:
        name = _function(head, recipe)
        named.setdefault(name, _loss(head, name, sources))
        term = _own_loss(head, recipe)
        terms.append(term if head.weight == 1 else f"{head.weight!r} * {term}")
    total = terms[0] if len(terms) == 1 else f"torch.stack([{', '.join(terms)}]).sum()"
    takes = f"outputs: {'Tensor' if one_output else 'tuple[Tensor, ...]'}, targets: {targets_type(recipe)}"
    return [*named.values(), f'def loss_of({takes}) -> Tensor:\n    """The loss to minimise."""\n    return {total}\n']


def targets_type(recipe: Recipe) -> str:
    """Return the type of a batch's targets."""
    return "dict[str, Tensor]" if several_columns(recipe) else "Tensor"


def measures(recipe: Recipe) -> Measured:
    """Return all heads' measures combined, after the losses of several heads. Two heads with the same output and column
    share their measures.
    """
    pairs = {(head.output, head.column.name): head for head in recipe.heads}
    losses = [_measured_loss(number, head, recipe) for number, head in enumerate(recipe.heads) if head.name]
    found: list[Measured] = [*losses, *(each for head in pairs.values() for each in head.measures)]
    results: dict[str, str] = {}  # by the name as it is printed
    for loss in losses:
        results |= loss.results
    for head in pairs.values():
        place = f"{head.measured_as} " if head.measured_as else ""
        results |= {repr(f"{place}{name}"): each for one in head.measures for name, each in one.results.items()}
    return Measured(
        begin=_once(line for one in found for line in one.begin),
        update=_once(line for one in found for line in one.update),
        results=results,
        imports=_once(line for one in found for line in one.imports),
    )


def _measured_loss(number: int, head: Head, recipe: Recipe) -> Measured:
    own = f"{head.name}_losses" if head.name.isidentifier() else f"losses{number}"
    return Measured(
        begin=(f"{own} = []",),
        update=(f"{own}.append({_own_loss(head, recipe)})",),
        results={repr(f"{head.name} loss"): f"total({own}, sizes) / num_examples"},
    )


def _once(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))


def _function(head: Head, recipe: Recipe) -> str:
    """Return the name of the function of a head's loss; heads share one if all have the same."""
    first = recipe.heads[0]
    if all(each.loss == first.loss and each.column.kind == first.column.kind for each in recipe.heads):
        return "head_loss"
    return f"{head.name}_loss" if head.name.isidentifier() else f"loss{recipe.heads.index(head)}"


def _own_loss(head: Head, recipe: Recipe) -> str:
    given = [_output(head, recipe), *([targets_of(head, recipe)] if head.has_target else [])]
    return f"{_function(head, recipe)}({', '.join(given)})"


def _output(head: Head, recipe: Recipe) -> str:
    return "outputs" if recipe.num_outputs == 1 else f"outputs[{head.place}]"


def _loss(head: Head, name: str, sources: Sources) -> str:
    instead = {} if head.column.kind == "class" else {AS_NUMBERS: "targets"}
    return function_of(head.loss, "__call__" if head.has_target else "alone", name, sources, instead=instead)

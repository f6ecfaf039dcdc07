"""``data``: describe an experiment's data, and its problems."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.cli.console import add_json_option, print_result, progress_shown, table
from workbench.cli.settings import add_set_option, with_settings
from workbench.cli.values import shape
from workbench.data import facts, source_from_text
from workbench.data.relabel import check_classes, check_names
from workbench.layers.base import describe
from workbench.session.editing.data_facts import SPLIT_TITLES, DataFacts, Twins, data_facts
from workbench.spec.column import CLASS
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, DataRecipe, Experiment
from workbench.spec.files import preset_names, read_as_experiment
from workbench.spec.graph import Graph
from workbench.spec.problems import SpecError, one_line
from workbench.spec.quantities import significant
from workbench.spec.words import size_words

if TYPE_CHECKING:
    from workbench.data.inventory import Inventory
    from workbench.data.progress import Progress

FOLDER_SHAPE = (3, 64, 64)
"""The size to which a folder's pictures are resized if no network determines another."""

LISTED = 20
"""Lines of a list; the rest are only counted, but complete in the JSON."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``data EXPERIMENT|ID|FOLDER``."""
    parser = subparsers.add_parser(
        "data",
        help="describe a data set and find what is wrong with it",
        description="Print splits, classes, mean and standard deviation, sizes, broken files and duplicates, exact "
        "and near; those shared between training and test come first.",
        epilog="examples: %(prog)s photographs/ --input 3,64,64; "
        '%(prog)s faces.csv --set \'data.source.types=["age=number", "id=skip"]\'',
    )
    parser.add_argument(
        "data",
        metavar="EXPERIMENT|ID|FOLDER",
        help="an experiment file or preset, a data set's id, a folder or a table",
    )
    parser.add_argument(
        "--input", metavar="C,H,W", type=shape, help="input shape for the pictures of an id or a folder"
    )
    add_set_option(parser, "a setting of the data by its path, as for train: data.source.test_share=0.3; repeatable")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Scan the data and print what is found."""
    from workbench.session.editing.survey import is_surveyed, survey

    with progress_shown() as progress:
        inventory, recipe = _inventory(arguments, progress)
        found = survey(inventory, progress) if is_surveyed(inventory) else None
    check_classes(facts(recipe.source).columns or inventory.columns, recipe.relabel)
    check_names(inventory.splits.values(), inventory.unusable, recipe.relabel)
    known = data_facts(inventory, found, recipe)
    print_result(_result(known), _text(known), as_json=arguments.json)
    return 0


def _inventory(arguments: argparse.Namespace, progress: "Progress") -> "tuple[Inventory, DataRecipe]":
    from workbench.data.inventory import take_inventory
    from workbench.session.editing.survey import inventory_of

    source = _source(arguments.data)
    if source is None:
        if arguments.input:
            raise SpecError("--input applies to a data set's id or a folder: an experiment's network has its own Input")
        experiment = with_settings(read_as_experiment(arguments.data), arguments)
        return inventory_of(experiment, progress), experiment.data
    recipe = DataRecipe(source=source, validation_share=0.0)
    bare = Experiment(name="data", architecture=Architecture(name="none", graph=Graph()), data=recipe)
    experiment = with_settings(bare, arguments)
    recipe, wanted = experiment.data, arguments.input or _own_shape(experiment.data.source)
    return take_inventory(recipe, input_shape=wanted, seed=experiment.seed, progress=progress), recipe


def _source(text: str) -> Component | None:
    """Return the source of an id, folder or table, or None for an experiment.

    Raises SpecError if it is none of these.
    """
    if text in preset_names("experiments") or Path(text).suffix == ".json":
        return None
    try:
        return source_from_text(text)
    except SpecError as error:
        if Path(text).exists():
            raise
        raise SpecError(f"{error}; it is not an experiment either") from None


def _own_shape(source: Component) -> tuple[int, ...]:
    known = facts(source)
    return known.numbers_shape or known.picture_shape or FOLDER_SHAPE


def _result(known: DataFacts) -> dict[str, Any]:
    twins = [{**msgspec.to_builtins(each), "conflict": each.conflict} for each in known.twins]
    return {**msgspec.to_builtins(known), "twins": twins, "num_leaks": len(known.leaks)}


def _text(known: DataFacts) -> str:
    size = f"\nseries of {size_words(known.shape)}" if len(known.shape) == 2 else ""
    blocks = [one_line(f"{known.title} — {known.licence}") + size, _features(known), _columns(known)]
    blocks += [_splits(known), _classes(known)]
    blocks += [_sizes(known)]
    blocks += [_listed("excluded by the recipe", list(known.left_out))]
    blocks += [_listed(f"{'label' if len(known.relabelled) == 1 else 'labels'} corrected", _corrections(known))]
    blocks += [_listed("broken", [one_line(f"{file.path}: {file.reason}") for file in known.broken])]
    blocks += ["\n".join(map(one_line, known.notes)), known.leak_words()]
    more = "" if known.twins_are_complete else ", and more not checked for"
    blocks += [
        _listed(
            f"{'duplicate' if len(known.twins) == 1 else 'duplicates'}{more}", [_line(twins) for twins in known.twins]
        )
    ]
    return "\n\n".join(block for block in blocks if block)


def _corrections(known: DataFacts) -> list[str]:
    """Return a line for each corrected label, with its column if there are several of classes."""
    several = sum(column.kind == "class" for column in known.columns) > 1
    column = {each: f"{each.column}: " if several else "" for each in known.relabelled}
    return [one_line(f"{each.name}: {column[each]}{each.before} → {each.after}") for each in known.relabelled]


def _columns(known: DataFacts) -> str:
    """Return the possible targets of heads, unless it is only the class, which is counted below."""
    if {column.name for column in known.columns} <= {CLASS}:
        return ""
    return table(
        [("column", "holds"), *((one_line(column.name), one_line(column.words())) for column in known.columns)]
    )


def _features(known: DataFacts) -> str:
    """Return the numbers of the input with what standardises them."""
    if not known.features:
        return ""
    rows = [(one_line(each.name), significant(each.mean), significant(each.std)) for each in known.features[:LISTED]]
    more = [f"and {len(known.features) - LISTED:,} more"] if len(known.features) > LISTED else []
    return "\n".join([table([("input", "mean", "std"), *rows], right=(1, 2)), *more])


def _splits(known: DataFacts) -> str:
    if not any(each.mean for each in known.splits):
        return table([("split", "examples"), *((SPLIT_TITLES[each.split], f"{each.count:,}") for each in known.splits)])
    rows = [("split", "examples", "mean", "std")]
    rows += [
        (SPLIT_TITLES[each.split], f"{each.count:,}", _numbers(each.mean), _numbers(each.std)) for each in known.splits
    ]
    return table(rows, right=(1,))


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:.4f}" for value in values)


def _classes(known: DataFacts) -> str:
    if not known.class_names:
        return ""
    rows = [("class", *(SPLIT_TITLES[each.split] for each in known.splits))]
    for label, name in enumerate(known.class_names):
        rows.append((one_line(name), *(f"{each.class_counts[label]:,}" for each in known.splits)))
    return table(rows, right=range(1, len(rows[0])))


def _sizes(known: DataFacts) -> str:
    words = [f"{describe((size.width, size.height))} ({size.count:,})" for size in known.sizes]
    if len(words) > 1:
        return _listed("sizes", words)
    return "\n".join(f"all of {word}" for word in words)


def _listed(what: str, lines: list[str]) -> str:
    if not lines:
        return ""
    more = [f"  and {len(lines) - LISTED:,} more"] if len(lines) > LISTED else []
    return "\n".join([f"{len(lines):,} {what}", *(f"  {line}" for line in lines[:LISTED]), *more])


def _line(twins: Twins) -> str:
    classes = twins.classes or ("",) * len(twins.names)
    sides = [
        f"{one_line(name)} ({', '.join(filter(None, (SPLIT_TITLES[split], label)))})"
        for name, split, label in zip(twins.names, twins.splits, classes, strict=True)
    ]
    kind = "the same" if twins.correlation is None else f"{twins.correlation:.4f}"
    marks = [word for word, holds in (("LEAK", twins.leak), ("OTHER CLASS", twins.conflict)) if holds]
    return "  ".join([*marks, kind, " = ".join(sides)])

"""Facts about a data source as text, and what each of its columns is used as. No Qt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

from workbench.data import SOURCES
from workbench.data.downloads.downloaded import DownloadedSet
from workbench.data.source import Loaded, SourceFacts, TakenFor
from workbench.gui.settings.presenter import with_parameter, without_parameter
from workbench.spec import quantities
from workbench.spec.column import CLASS, IN_DATA, Column, named
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.words import isolated, plural, several, size_words, thing, upper_first

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SKIP = "skip"

ROLE_SETTINGS = {"input": "picture", "split": "split", "group": "group"}
"""The roles of columns that are not targets, and the settings that name their columns."""

KIND_WORDS = {
    "input": "The pictures the network gets as input.",
    "series": "The series the network gets as input: steps by channels.",
    "split": "Assigns rows to training, validation and test.",
    "group": "Pictures with the same value stay in the same split.",
    "keypoints": "x and y in pixels of the file, from its upper left corner; predicted as fractions of the width and height "
    "that the network sees.",
}

KIND_TITLES = {
    "input": "input",
    "series": "series",
    "feature": "feature",
    "class": "class",
    "number": "number",
    "keypoints": "key points",
    "labels": "labels",
    "picture": "picture",
    "mask": "mask",
    "split": "split",
    "group": "group",
    SKIP: "ignored",
}
"""What a column can be: the word in the setting, and its title."""

MOST_NOTES = 4
"""Most notes on the data that are shown; a button shows all of them."""

FEW_HELD_OUT = 5
"""Of fewer examples held out, the share says little: it is rounded, in each class if there are classes."""

MOST_COLUMNS = 60
"""Most columns that are shown at once; of more, features come last, and a part of the name finds others."""

MOST_NUMBERS = 6
"""Most numbers shown of a column that holds several."""

PictureShape = tuple[int, int, int]
"""(C, H, W)."""


def source_titles() -> dict[str, str]:
    """Return the titles of the sources by type: first built-in ones, then the user's own, then downloads."""
    ranked: list[tuple[int, str, str]] = []
    for name, source in SOURCES.table.items():
        if issubclass(source, DownloadedSet):
            assert source.known.download_bytes is not None
            ranked.append(
                (2, name, f"{source.title()} — downloads {quantities.file_size(source.known.download_bytes)}")
            )
        elif source.is_own:
            ranked.append((1, name, source.title()))
        else:
            ranked.append((0, name, f"{source.title()} — built in"))
    return {name: title for _, name, title in sorted(ranked, key=lambda entry: entry[0])}


def picture_shape(experiment: Experiment) -> PictureShape | None:
    """Return (C, H, W) of the network's Input if it takes grey or colour pictures, else None."""
    match experiment.architecture.input_shape:
        case (1 | 3 as channels, height, width):
            return channels, height, width
    return None


def fact_rows(
    facts: SourceFacts, seen: Loaded | None, shape: PictureShape | None, within: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield facts about a source as (label, text), given examples ``seen`` and the network's ``shape``; a text
    without a label adds to the one before.

    ``within`` is a prefix of files' paths that readers need not see.
    """
    for column in facts.columns if facts.columns and not facts.taken_for else ():
        only = column.name == CLASS
        words = f"{len(column.names):,}: {column.listed()}" if only else column.words()
        yield "Classes" if only else column.name, words
    if facts.files:
        yield "Files", facts.files
    if facts.num_train is not None:
        things = "Rows" if facts.features else upper_first(several(thing(facts.numbers_shape or (), "point")))
        yield things, _count_words(facts, seen)
    if seen is not None and seen.broken:
        in_memory = seen.train.sizes is None  # then all have been read
        of = "" if seen.num_examined is None else f" of {seen.num_examined:,} examined"
        yield "Excluded", f"{len(seen.broken):,}{of}{'' if in_memory else ', found before decoding'}"
        yield "", f"The first: {seen.broken[0].path.removeprefix(within)}: {seen.broken[0].reason}."
    yield from zip(chain(["Notes"], repeat("")), notes_beside(facts, seen)[:MOST_NOTES], strict=False)
    if facts.picture_shape is not None:
        yield "Size", shape_words(facts.picture_shape)
    elif seen is not None and seen.train.sizes is not None:
        yield "Size", _size_words(seen.train.sizes)
    if facts.numbers_shape is None and shape not in (None, facts.picture_shape):
        yield "Network input", shape_words(shape)
    yield from _number_rows(facts, seen)
    yield "Licence", facts.licence
    if facts.download_bytes:
        yield "Download", f"{quantities.file_size(facts.download_bytes)}, once"


def _number_rows(facts: SourceFacts, seen: Loaded | None) -> Iterator[tuple[str, str]]:
    """Yield facts about an input of numbers, as ``fact_rows``."""
    if facts.features:
        yield "Input", f"the {plural(len(facts.features), 'feature')}, standardised by mean and deviation in training"
        if len(facts.features) > 2 and seen is not None:
            yield "", f"The points below: {facts.features[0]}, {facts.features[1]}, standardised."
    elif facts.numbers_shape is not None:
        yield "Size", f"{size_words(facts.numbers_shape)} each"
    if facts.series_shape is not None:
        yield "Input", "each channel standardised by its mean and deviation in training"


def columns_called(facts: SourceFacts, part: str) -> list[TakenFor]:
    """Return the columns with this part of a name, in any case; of many, first those that are no features."""
    found = [column for column in facts.taken_for if part.strip().lower() in column.name.lower()]
    return found if len(found) <= MOST_COLUMNS else sorted(found, key=lambda column: column.kind == "feature")


def notes_beside(facts: SourceFacts, seen: Loaded | None) -> list[str]:
    """Return the notes on the data that are not said of a column anyway."""
    said = {each.why for each in facts.taken_for}
    return [] if seen is None else [note for note in seen.notes if note not in said]


def _count_words(facts: SourceFacts, seen: Loaded | None) -> str:
    """Return how many examples there are, and only those that can be used as far as that is known."""
    num_train, num_test, test_share = facts.num_train, facts.num_test, facts.test_share
    if seen is not None and seen.num_usable is not None:
        usable = seen.num_usable
        num_train, num_test = usable.get("train", 0) + usable.get("val", 0), usable.get("test", 0)
    elif seen is not None and seen.train.sizes is None:
        num_train, num_test = len(seen.train) + len(seen.val or ()), len(seen.test or ())
    if seen is not None and seen.train.sizes is None:
        test_share = seen.test_share
    test = f" for training, {num_test:,} for testing" if num_test else ""
    if not test_share or num_train is None:
        return f"{num_train:,}{test}"
    if num_train * test_share < FEW_HELD_OUT:
        return f"{num_train:,}, of which some are held out for testing if there are enough"
    return f"{num_train:,}, of which {100 * test_share:.0f} % are held out for testing"


def kinds_for(column: TakenFor) -> dict[str, str]:
    """Return what a column can be used as: the word in the setting -> its title; the guess is marked."""
    guessed = column.guessed or SKIP
    titles = {kind: title for kind, title in KIND_TITLES.items() if kind in (*column.choices, SKIP)}
    if "feature" in titles:
        titles |= {"input": "pictures as input"}
    return {kind: f"{title} (guessed)" if kind == guessed else title for kind, title in titles.items()}


def kind_words(column: TakenFor, columns: Sequence[Column]) -> str:
    """Return the names of a column's classes or labels, what its kind means, why it is ignored, or what may be wrong
    with it; empty if there is nothing to say.
    """
    if column.kind is None or column.why:
        return column.why
    found = named(columns, column.column or column.name)
    if found and found.kind == "number" and found.answer[0] % 2 == 0:
        return (
            f"{found.words()}, predicted as they are: if they are x and y in pixels, choose {KIND_TITLES['keypoints']}."
        )
    return f"{len(found.names):,}: {found.listed()}" if found and found.names else KIND_WORDS.get(column.kind, "")


def with_kind(source: Component, column: TakenFor, kind: str, columns: Sequence[TakenFor]) -> Component:
    """Return the source with the column used as another kind; the guessed kind needs no setting.

    The other ones of ``columns`` stay what they are: those that would be guessed anew are said.
    """
    said = source.parameters.get("types", ())
    assert isinstance(said, list | tuple)
    parts = (str(text).rpartition("=") for text in said)
    types = {name.strip(): told for name, _, told in parts if name.strip() != column.name}
    if kind == "series":  # there is one input
        source = without_parameter(source, ROLE_SETTINGS["input"])
        types = {name: told for name, told in types.items() if told != kind}
    for setting in ROLE_SETTINGS.values():
        if source.parameters.get(setting) == column.name:
            source = without_parameter(source, setting)
    told = {*types, *(source.parameters.get(setting) for setting in ROLE_SETTINGS.values())}
    kept = _others_kept(column.name, kind, columns) if "feature" in column.choices else {}
    if column.kind in ("split", "group") and kind != column.kind:
        kept |= {each.name: each.kind or SKIP for each in columns if each.called_like == column.kind}
    kept = {name: other for name, other in kept.items() if name not in {*told, column.name}}
    if kept or kind != (column.guessed or SKIP):
        kept[column.name] = kind
    for name, role in kept.items():
        if role in ROLE_SETTINGS:
            source = with_parameter(source, ROLE_SETTINGS[role], name)
        else:
            types[name] = role
    texts = [f"{name}={told}" for name, told in types.items()]
    return with_parameter(source, "types", texts) if texts else without_parameter(source, "types")


def _others_kept(name: str, kind: str, columns: Sequence[TakenFor]) -> dict[str, str]:
    """Return the columns of a table of numbers whose role depends on that of the column ``name``, with that role.

    These are the targets, inputs that are called like one, and the group, unless ``name`` becomes it; and if no target
    is left, a feature, since the last column would be predicted where nothing is said of numbers.
    """
    others = [each for each in columns if each.name != name]
    targets = {each.name: str(each.kind) for each in others if each.kind in IN_DATA}
    called_so = {each.name: "feature" for each in others if each.kind == "feature" and each.why}
    groups = {each.name: "group" for each in others if each.kind == "group" != kind}
    numbers = [each.name for each in others if each.kind == each.guessed == "feature"]
    first = {} if targets or kind in IN_DATA else dict.fromkeys(numbers[:1] or [name], "feature")
    return first | targets | called_so | groups


def value_words(column: Column, value: Any) -> str:
    """Return an example's class, numbers or labels (as in ``Examples``) as text; "" for pictures and masks."""
    match column.kind:
        case "class":
            return f"{column.name}: {isolated(column.names[int(value)])}"
        case "number" | "keypoints":
            several = " …" if len(value) > MOST_NUMBERS else ""
            numbers = ", ".join(f"{number:g}" for number in value[:MOST_NUMBERS].tolist())
            return f"{column.name}: {numbers}{several} {column.unit}".rstrip()
        case "labels":
            held = (name for name, holds in zip(column.names, value, strict=True) if holds)
            return f"{column.name}: {', '.join(held) or 'none'}"
    return ""


def shape_words(shape: tuple[int, ...]) -> str:
    """Return an example's size as text: ``28×28, grey`` of a picture's (C, H, W), else as ``size_words``."""
    if len(shape) < 3:
        return size_words(shape)
    channels, height, width = shape
    return f"{width}×{height}, {'grey' if channels == 1 else 'colour'}"


def _size_words(sizes: NDArray[np.int64]) -> str:
    """Return the sizes of least and largest area as text, of widths and heights int [N, 2]."""
    found = sorted(set(map(tuple, sizes.tolist())), key=lambda size: (size[0] * size[1], size))
    return " to ".join(f"{width}×{height}" for width, height in dict.fromkeys((found[0], found[-1])))

"""Arrays -> examples: which are pictures, which are their targets, and for which split.

x_train y_train x_test y_test                       as in Keras' mnist.npz
train_images train_labels val_images ...            as in MedMNIST
images class age mask                               no splits: they are drawn
x [N, D] y                                          numbers rather than pictures
x [N, T, D] y                                       series, as ``array_series`` tells them from pictures
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from workbench.data.array_columns import (
    choices,
    classes_of,
    column_of,
    faults,
    gaps_in,
    guess,
    shape_of_pictures,
    target,
    words_of,
)
from workbench.data.array_inputs import input_of
from workbench.data.array_series import can_be_series, looks_like_series, turned_in
from workbench.data.array_splits import INPUTS, Arrays, splits_of
from workbench.data.decoding.pictures import have_same_proportions
from workbench.data.latest import Latest
from workbench.data.moments import moments_of
from workbench.data.rows import Values
from workbench.data.source import (
    BrokenFile,
    DataError,
    Examples,
    Loaded,
    Role,
    SourceFacts,
    TakenFor,
    WrongColumn,
)
from workbench.data.tables.columns import CLASSES, Guess, said
from workbench.data.tables.columns import KINDS as OF_TABLES
from workbench.spec.column import CLASS, IN_DATA, Column, Kind
from workbench.spec.record import replace
from workbench.spec.words import plural, several

KINDS = (*(kind for kind in OF_TABLES if kind != "feature"), "series")

read_once: Latest[Arrays] = Latest(lambda arrays: sum(array.nbytes for array in arrays.values()))
"""Keeps the arrays that were read last."""


class PictureArrays:
    """The arrays of a file or a folder, ``source``, and the types of those for training, by name.

    ``types``, ``picture`` and ``group`` are settings of the source. Raises DataError if they do not fit the arrays.
    """

    def __init__(self, arrays: Arrays, source: str, *, types: Sequence[str], picture: str, group: str) -> None:
        self._source = source
        self._splits = splits_of({name: _as_text(array) for name, array in arrays.items()})
        self._train = self._splits["train"]
        for chosen in filter(None, (picture, group)):
            if chosen not in self._train:
                raise WrongColumn(
                    f"{source}: there is no array {chosen} for training; there is {', '.join(self._train)}"
                )
        self._told = said(types, list(self._train), KINDS)
        self._guesses = {name: guess(name, array) for name, array in self._train.items()}
        self._likely_input = self._find_input()
        self._input = picture or self._said_series() or self._likely_input
        array = self._train.get(self._input, np.empty(0))
        is_series = not picture and self._is_series(self._input, array)
        self._read_as = input_of(self._input, array, is_series=is_series)
        self._group = group
        self.taken_for = self._with_class(tuple(map(self._taken_for, self._train)))
        learnt = [each for each in self.taken_for if each.kind in IN_DATA]
        self.columns = tuple(
            column_of(each.column or each.name, cast(Kind, each.kind), self._train[each.name]) for each in learnt
        )
        self._names = {each.column or each.name: each.name for each in learnt}
        """The arrays of the columns."""

    def facts(self, title: str, test_share: float) -> SourceFacts:
        """Return what is known of the arrays, even if they are inconsistent."""
        counts = {split: _count(found[self._input]) for split, found in self._splits.items() if self._input in found}
        return SourceFacts(
            title=title,
            licence=self._read_as.licence,
            columns=self.columns,
            taken_for=self.taken_for,
            **self._read_as.facts(),
            num_train=counts["train"] + counts.get("val", 0) if counts else None,
            num_val=counts.get("val", 0),
            num_test=counts.get("test", 0),
            test_share=0.0 if "test" in counts else test_share,
            moments=moments_of(
                {
                    column.name: self._train[self._names[column.name]]
                    for column in self.columns
                    if column.kind == "number"
                }
            ),
        )

    def loaded(self, test_share: float, used: Collection[str] | None = None) -> Loaded:
        """Return all usable examples, and list those that have ``faults`` in the input or a column of ``used``.

        ``used`` is None for all columns; others are left out if they have faults. Raises DataError if there are no
        pictures, or if lengths or shapes do not match.
        """
        if not self._input:
            raise DataError(
                f"{self._source}: none of its arrays ({', '.join(self._train)}) contains training pictures: call one "
                "x_train, train_images or images, or choose it as input (setting data.source.picture)"
            )
        needed = [column for column in self.columns if used is None or column.name in used]
        untold = {split: name for split in self._splits if (name := self._untold(split, needed))}
        splits = [split for split in self._splits if split not in untold]
        for split in splits:
            self._check_fits(split, needed)
        rows, broken = self._usable(splits, needed)
        spoilt = {column.name: why for column in self.columns if (why := self._spoilt_by(column, rows))}
        columns = tuple(column for column in self.columns if column.name not in spoilt)
        groups = self._groups(splits)
        made = {
            split: self._examples(split, columns, rows[split], groups.get(split))
            for split in splits
            if rows[split].any()
        }
        return Loaded(
            columns=columns,
            train=made["train"],
            val=made.get("val"),
            test=made.get("test"),
            broken=broken,
            notes=tuple(self._notes(spoilt, untold)),
            test_share=0.0 if "test" in made else test_share,
            tone=self._read_as.tone,
            unusable=tuple(f"{split}/{row}" for split, usable in rows.items() for row in np.flatnonzero(~usable)),
        )

    def _usable(
        self, splits: Sequence[str], columns: Sequence[Column]
    ) -> tuple[dict[str, NDArray[np.bool_]], tuple[BrokenFile, ...]]:
        """Return which examples of each split are usable, bool [N], and the others. Raises DataError if none can be
        trained with.
        """
        broken: list[BrokenFile] = []
        rows = {}
        for split in splits:
            lost = self._lost(split, columns)
            broken += (BrokenFile(path=f"{self._source}, {split}/{row}", reason=lost[row]) for row in sorted(lost))
            rows[split] = np.ones(_count(self._splits[split][self._input]), np.bool_)
            rows[split][list(lost)] = False
        if not rows["train"].any():
            raise DataError(
                f"{self._source}: no training {several(self._thing)} are left; {broken[0].path}: {broken[0].reason}"
            )
        return rows, tuple(broken)

    def _notes(self, spoilt: Mapping[str, str], untold: Mapping[str, str]) -> Iterator[str]:
        """Yield sentences on what is ignored, as in ``loaded``."""
        yield from (each.why for each in self.taken_for if each.why and each.name not in self._told)
        for name, why in spoilt.items():
            yield f"The array {name} was ignored, since nothing predicts it: {why}."
        for split, name in untold.items():
            yield f"The {several(self._thing)} of {split} were ignored, since there is no {name} for them."
        if words := self._read_as.tone_words():
            yield words
        if not self.columns:
            yield f"There are no labels for the {several(self._thing)}."

    @property
    def _thing(self) -> str:
        return self._read_as.thing

    def _said_series(self) -> str:
        """Return the name of the array that is said to hold series; "" if there is none."""
        return next((name for name, kind in self._told.items() if kind == "series"), "")

    def _is_series(self, name: str, array: NDArray[Any]) -> bool:
        """Return whether the input has series: as is said of it, else as it looks."""
        return self._told[name] == "series" if name in self._told else looks_like_series(name, array)

    def _find_input(self) -> str:
        """Return the name of the input: by its name, else the first array that looks like pictures, or like series; ""
        if there is none.
        """
        free = [name for name in self._train if name not in self._told]
        named = next((name for name in free if name.lower() in INPUTS), "")
        pictures = (name for name in free if self._guesses[name].kind == "picture")
        series = (name for name in free if looks_like_series(name, self._train[name]))
        return named or next(chain(pictures, series), "")

    def _taken_for(self, name: str) -> TakenFor:
        array, guessed, possible = self._train[name], self._fitting_guess(name), self._choices(name)
        kind: Kind | Role | None = self._told.get(name, guessed.kind)
        if kind is not None and kind not in possible:
            raise WrongColumn(
                f"{self._source}: {name} cannot be of type {kind}: it is {words_of(array)}; it could be "
                f"{', '.join((*possible, 'skip'))}"
            )
        is_likely = name == self._likely_input
        likely: Role = "series" if is_likely and looks_like_series(name, array) else "input"
        if name == self._input:
            kind = "series" if self._read_as.thing == "series" else "input"
        elif kind == "series":
            kind = None  # another array is the input
        elif name == self._group and name not in self._told:
            kind = "group"
        return TakenFor(
            name=name,
            kind=kind,
            guessed=likely if is_likely and name == self._input else guessed.kind,
            choices=("input", *possible) if is_likely and "input" not in possible else possible,
            why=self._why(name, kind, guessed),
        )

    def _choices(self, name: str) -> tuple[Kind | Role, ...]:
        """Return the types that an array can have."""
        array, possible = self._train[name], choices(self._train[name])
        return (*possible, "series") if can_be_series(array) and "labels" not in possible else possible

    def _why(self, name: str, kind: Kind | Role | None, guessed: Guess) -> str:
        """Return why an array is ignored, or what may be wrong with one of this kind."""
        match kind:
            case None:
                return guessed.why
            case "class":
                return gaps_in(name, self._train[name])
            case "series":
                return turned_in(name, self._train[name])
        return ""

    def _fitting_guess(self, name: str) -> Guess:
        """Return the guessed type; none if the array's length is not the number of pictures."""
        guessed, count = self._guesses[name], _count(self._train[name])
        num_inputs = _count(self._train[self._input]) if self._input else count
        if guessed.kind is None or count == num_inputs:
            return guessed
        why = f"The array {name} has {plural(count, 'value')} for {plural(num_inputs, self._thing)} and was ignored: save one for each."
        return Guess(name=name, kind=None, why=why)

    def _with_class(self, taken_for: tuple[TakenFor, ...]) -> tuple[TakenFor, ...]:
        """Rename the classes of a file to the usual column, so that the default head finds them."""
        first = next((each.name for each in taken_for if each.kind == "class" and each.name.lower() in CLASSES), None)
        if first is None or CLASS in self._train:
            return taken_for
        return tuple(replace(each, column=CLASS) if each.name == first else each for each in taken_for)

    def _untold(self, split: str, columns: Sequence[Column]) -> str:
        """Return the first array of these columns that a split other than training lacks; "" if it has all."""
        names = [] if split == "train" else [self._names[column.name] for column in columns]
        return next((name for name in names if name not in self._splits[split]), "")

    def _check_fits(self, split: str, columns: Sequence[Column]) -> None:
        """Raise DataError if a split lacks pictures, or its groups or one of these columns do not fit them."""
        found, source = self._splits[split], f"{self._source}, {split}"
        if self._input not in found:
            raise DataError(
                f"{source}: there are no {several(self._thing)} to go with {', '.join(found)}: add them, or remove what is there"
            )
        if not _count(found[self._input]):
            raise DataError(
                f"{source}: there are no {several(self._thing)} in {self._input}: fill or remove the arrays of {split}"
            )
        misfit = self._read_as.misfit(found[self._input])
        if misfit:
            raise DataError(f"{source}: {misfit}")
        kinds: dict[str, Kind | Role] = {self._names[column.name]: column.kind for column in columns}
        for name, kind in (kinds | {self._group: "group"} if self._is_grouped else kinds).items():
            misfit = self._misfit(split, name, kind)
            if misfit:
                raise DataError(f"{source}: {misfit}")

    def _misfit(self, split: str, name: str, kind: Kind | Role) -> str:
        """Return why an array does not fit the pictures of a split, or its type in training; "" if it does."""
        found = self._splits[split]
        num_inputs, count = _count(found[self._input]), _count(found[name]) if name in found else 0
        if count != num_inputs:
            return (
                f"there are {plural(num_inputs, self._thing)} and {plural(count, 'value')} of {name}: save one for each"
            )
        if kind not in choices(found[name]):
            return f"{name} is {words_of(found[name])}, which cannot be of type {kind} as in training"
        mask, picture = (shape_of_pictures(found[each].shape[1:]) for each in (name, self._input))
        if kind == "mask" and mask and picture and not have_same_proportions(mask[:0:-1], picture[:0:-1]):
            sizes = f"{mask[2]}×{mask[1]} pixels, and their pictures {picture[2]}×{picture[1]}"
            return f"the masks {name} have {sizes}: they must have the same proportions"
        return ""

    def _array(self, split: str, column: Column) -> NDArray[Any]:
        return self._splits[split][self._names[column.name]]

    def _lost(self, split: str, columns: Sequence[Column]) -> dict[int, str]:
        """Return the examples that cannot be used, and the reason, for the input or the first of these columns."""
        lost = {row: f"{self._input} holds {held}" for row, held in faults(self._splits[split][self._input]).items()}
        for column in columns:
            for row, held in faults(self._array(split, column), column).items():
                lost.setdefault(row, f"{self._names[column.name]} holds {held}")
        return lost

    def _spoilt_by(self, column: Column, rows: Mapping[str, NDArray[np.bool_]]) -> str:
        """Return what is wrong with the column in these rows, bool [N] by split; "" if nothing is."""
        name = self._names[column.name]
        for split, are_used in rows.items():
            misfit = self._misfit(split, name, column.kind)
            if misfit:
                return f"in {split}, {misfit}"
            held = next((why for row, why in faults(self._array(split, column), column).items() if are_used[row]), "")
            if held:
                return f"it holds {held}"
        return ""

    def _groups(self, splits: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        """Return the group of each example by split, int64 [N], numbered alike in all; empty if there are none."""
        if not self._is_grouped:
            return {}
        found = [classes_of(self._splits[split][self._group]) for split in splits]
        numbers = np.unique(np.concatenate(found), return_inverse=True)[1].reshape(-1)
        return dict(zip(splits, np.split(numbers, np.cumsum(list(map(len, found)))[:-1]), strict=True))

    def _examples(
        self,
        split: str,
        columns: Sequence[Column],
        rows: NDArray[np.bool_],
        groups: NDArray[np.int64] | None,
    ) -> Examples:
        """Those of these rows, bool [N], each called by its number in the file."""
        source, all_kept = f"{self._source}, {split}", bool(rows.all())
        found = (
            self._splits[split]
            if all_kept
            else {
                name: array[rows] if array.ndim and len(array) == len(rows) else array
                for name, array in self._splits[split].items()
            }
        )
        targets: dict[str, Values] = {
            column.name: target(column, found[self._names[column.name]], source) for column in columns
        }
        are_named = self._read_as.are_numbers or not all_kept
        names = np.array([f"{split}/{row}" for row in np.flatnonzero(rows)], object) if are_named else None
        inputs = self._read_as.read(found[self._input], source)
        return Examples(inputs=inputs, targets=targets, groups=None if groups is None else groups[rows], names=names)

    @property
    def _is_grouped(self) -> bool:
        return any(each.kind == "group" for each in self.taken_for)


def _count(array: NDArray[Any]) -> int:
    """Return the number of pictures that it has values for."""
    return len(array) if array.ndim else 1


def _as_text(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array with bytes decoded as text."""
    return np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array

"""Arrays -> examples: which are pictures, which are their targets, and for which split.

x_train y_train x_test y_test                       as in Keras' mnist.npz
train_images train_labels val_images ...            as in MedMNIST
images class age mask                               no splits: they are drawn
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from workbench.data.array_columns import (
    choices,
    column_of,
    finite,
    guess,
    pictures_of,
    shape_of_pictures,
    target,
    words_of,
)
from workbench.data.rows import Values
from workbench.data.source import (
    SPLIT_NAMES,
    BrokenFile,
    DataError,
    Examples,
    Loaded,
    Role,
    SourceFacts,
    TakenFor,
    WrongColumn,
)
from workbench.data.table_columns import Guess, said
from workbench.spec.column import CLASS, Column, Kind
from workbench.spec.record import replace
from workbench.spec.words import plural

INPUTS = ("x", "images", "image", "pictures", "inputs", "data")
CLASSES = ("y", "labels", "label", "targets", "classes")

Arrays = Mapping[str, NDArray[Any]]


def place_of(name: str) -> tuple[str, str]:
    """Split an array's name into its split and the rest: ``x_train`` -> (``train``, ``x``)."""
    words = name.split("_")
    split = next((SPLIT_NAMES[word.lower()] for word in words if word.lower() in SPLIT_NAMES), "train")
    return split, "_".join(word for word in words if word.lower() not in SPLIT_NAMES) or "x"


class PictureArrays:
    """The arrays of a file or a folder, ``source``, and the types of those for training, by name.

    ``types``, ``picture`` and ``group`` are settings of the source. Raises DataError if they do not fit the arrays.
    """

    def __init__(self, arrays: Arrays, source: str, *, types: Sequence[str], picture: str, group: str) -> None:
        self._source = source
        self._splits: dict[str, dict[str, NDArray[Any]]] = {}
        for name, array in arrays.items():
            split, rest = place_of(name)
            self._splits.setdefault(split, {})[rest] = _as_text(array)
        self._train = self._splits.get("train", {})
        for chosen in filter(None, (picture, group)):
            if chosen not in self._train:
                raise WrongColumn(
                    f"{source}: there is no array {chosen} for training; there is {', '.join(self._train)}"
                )
        self._told = said(types, list(self._train))
        self._guesses = {name: guess(name, array) for name, array in self._train.items()}
        self._likely_input = self._find_input()
        self._input = picture or self._likely_input
        self._group = group
        self.taken_for = self._with_class(tuple(map(self._taken_for, self._train)))
        self.columns = tuple(
            column_of(each.column or each.name, cast(Kind, each.kind), self._train[each.name]) for each in self._learnt
        )

    def facts(self, title: str, test_share: float) -> SourceFacts:
        """Return what is known of the arrays, even if they are inconsistent."""
        counts = {split: _count(found[self._input]) for split, found in self._splits.items() if self._input in found}
        shape = self._train[self._input].shape[1:] if self._input else ()
        return SourceFacts(
            title=title,
            licence="your own pictures",
            columns=self.columns,
            taken_for=self.taken_for,
            picture_shape=shape_of_pictures(shape),
            num_train=counts["train"] + counts.get("val", 0) if counts else None,
            num_test=counts.get("test", 0),
            test_share=0.0 if "test" in counts else test_share,
        )

    def loaded(self, test_share: float, used: Collection[str] | None = None) -> Loaded:
        """Return all usable examples, and list those with NaN or Inf in the pictures or in a column of ``used``.

        ``used`` is None for all columns; others are left out if they contain NaN or Inf. Raises DataError if there are
        no pictures, or if lengths or values do not match.
        """
        if not self._input:
            raise DataError(
                f"{self._source}: none of its arrays ({', '.join(self._train)}) contains training pictures: call one "
                "x_train, train_images or images, or name it in the setting picture"
            )
        for split in self._splits:
            self._check_lengths(split)
        named = {each.column or each.name: each for each in self._learnt}
        needed = [self._input, *(each.name for column, each in named.items() if used is None or column in used)]
        broken = [file for split in self._splits for file in self._broken(split, needed)]
        rows = {split: self._finite(split, needed) for split in self._splits}
        if not rows["train"].any():
            raise DataError(f"{self._source}: no training pictures are left; {broken[0].path}: {broken[0].reason}")
        spoilt = [
            column
            for column, each in named.items()
            if not all(self._finite(split, [each.name])[rows[split]].all() for split in self._splits)
        ]
        columns = tuple(column for column in self.columns if column.name not in spoilt)
        made = {split: self._examples(split, columns, rows[split]) for split in self._splits if rows[split].any()}
        notes = [each.why for each in self.taken_for if each.why and each.name not in self._told]
        notes += [f"The array {each} holds NaN or Inf and was ignored, since nothing predicts it." for each in spoilt]
        if not self.columns:
            notes.append("There are no labels for the pictures.")
        return Loaded(
            columns=columns,
            train=made["train"],
            val=made.get("val"),
            test=made.get("test"),
            broken=tuple(broken),
            notes=tuple(notes),
            test_share=0.0 if "test" in made else test_share,
        )

    @property
    def _learnt(self) -> list[TakenFor]:
        return [each for each in self.taken_for if each.kind in get_args(Kind)]

    def _find_input(self) -> str:
        """Return the name of the input: by its name, else the first array that looks like pictures; "" if there is
        none.
        """
        free = [name for name in self._train if name not in self._told]
        named = next((name for name in free if name.lower() in INPUTS), "")
        return named or next((name for name in free if self._guesses[name].kind == "picture"), "")

    def _taken_for(self, name: str) -> TakenFor:
        array, guessed, possible = self._train[name], self._fitting_guess(name), choices(self._train[name])
        kind: Kind | Role | None = self._told.get(name, guessed.kind)
        if kind is not None and kind not in possible:
            raise WrongColumn(
                f"{self._source}: {name} cannot be of type {kind}: it is {words_of(array)}; it could be "
                f"{', '.join((*possible, 'skip'))}"
            )
        is_likely = name == self._likely_input
        if name == self._input:
            kind = "input"
        elif name == self._group and name not in self._told:
            kind = "group"
        return TakenFor(
            name=name,
            kind=kind,
            guessed="input" if is_likely and name == self._input else guessed.kind,
            choices=("input", *possible) if is_likely and "input" not in possible else possible,
            why=guessed.why if kind is None else "",
        )

    def _fitting_guess(self, name: str) -> Guess:
        """Return the guessed type; none if the array's length is not the number of pictures."""
        guessed, count = self._guesses[name], _count(self._train[name])
        num_pictures = _count(self._train[self._input]) if self._input else count
        if guessed.kind is None or count == num_pictures:
            return guessed
        why = f"The array {name} has {plural(count, 'value')} for {plural(num_pictures, 'picture')} and was ignored."
        return Guess(name=name, kind=None, why=why)

    def _with_class(self, taken_for: tuple[TakenFor, ...]) -> tuple[TakenFor, ...]:
        """Rename the classes of a file to the usual column, so that the default head finds them."""
        first = next((each.name for each in taken_for if each.kind == "class" and each.name.lower() in CLASSES), None)
        if first is None or CLASS in self._train:
            return taken_for
        return tuple(replace(each, column=CLASS) if each.name == first else each for each in taken_for)

    def _check_lengths(self, split: str) -> None:
        """DataError where a split lacks pictures, or says something of more or fewer than there are."""
        found, source = self._splits[split], f"{self._source}, {split}"
        if self._input not in found:
            raise DataError(f"{source}: there are no pictures to go with {', '.join(found)}")
        num_pictures = _count(found[self._input])
        if not num_pictures:
            raise DataError(f"{source}: there are no pictures in {self._input}")
        for each in self.taken_for:
            count = _count(found[each.name]) if each.name in found else 0
            if count != num_pictures and each.kind is not None:
                raise DataError(
                    f"{source}: there are {plural(num_pictures, 'picture')} and {plural(count, 'value')} of {each.name}"
                )

    def _finite(self, split: str, names: Sequence[str]) -> NDArray[np.bool_]:
        """Of which pictures none of these arrays holds NaN or Inf, bool [N]."""
        are_finite: NDArray[np.bool_] = np.logical_and.reduce([finite(self._splits[split][name]) for name in names])
        return are_finite

    def _broken(self, split: str, names: Sequence[str]) -> Iterator[BrokenFile]:
        """The pictures of which one of these arrays holds NaN or Inf, with the first that does."""
        for row in np.flatnonzero(~self._finite(split, names)).tolist():
            name = next(name for name in names if not finite(self._splits[split][name][row : row + 1]).all())
            yield BrokenFile(path=f"{self._source}, {split}/{row}", reason=f"{name} holds NaN or Inf")

    def _examples(self, split: str, columns: Sequence[Column], rows: NDArray[np.bool_]) -> Examples:
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
        arrays = {each.column or each.name: each.name for each in self._learnt}
        targets: dict[str, Values] = {
            column.name: target(column, found[arrays[column.name]], source) for column in columns
        }
        groups = np.unique(found[self._group], return_inverse=True)[1].reshape(-1) if self._is_grouped else None
        names = None if all_kept else np.array([f"{split}/{row}" for row in np.flatnonzero(rows)], object)
        return Examples(inputs=pictures_of(found[self._input], source), targets=targets, groups=groups, names=names)

    @property
    def _is_grouped(self) -> bool:
        return any(each.kind == "group" for each in self.taken_for)


def _count(array: NDArray[Any]) -> int:
    """Return the number of pictures that it has values for."""
    return len(array) if array.ndim else 1


def _as_text(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array with bytes decoded as text."""
    return np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array

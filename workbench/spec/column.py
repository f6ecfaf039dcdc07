"""What data says of each example beside its input: columns, any of which a head may join an output to."""

from collections.abc import Iterable
from typing import Literal

from workbench.spec.record import Record

Kind = Literal["class", "number", "labels", "picture", "mask"]
"""One of several names; a number, or several; any of several names; a picture; one of several names for each pixel."""

CLASS = "class"
"""The column of a data set that says one class of each example, and a head's target unless it names another."""

PICTURE = "picture"
"""The column that all pictures have: the picture itself, as it was before anything was done to the input."""

NO_CLASS = -100
"""Stands for the class of a mask's pixels that nothing is known of: torch's own number for what is not learnt from."""

MOST_NAMES, MOST_LETTERS = 12, 200
"""Of a column's names that are listed."""

NAMED: dict[Kind, tuple[str, str]] = {
    "class": ("class", "classes"),
    "labels": ("label", "labels"),
    "mask": ("class of pixels", "classes of pixels"),
}
"""What the names of a column are: one, and several."""


class Column(Record):
    """One column. ``names`` are those of its classes or labels; ``unit`` is that of a number (``years``).

    ``shape`` is (C, H, W) of a picture and (H, W) of a mask, as the network has to give them, and (K,) where each example has
    several numbers.
    """

    name: str
    kind: Kind = "class"
    names: tuple[str, ...] = ()
    unit: str = ""
    shape: tuple[int, ...] = ()

    @property
    def answer(self) -> tuple[int, ...]:
        """The shape of the output that answers it: a logit for each name, the number or numbers, a picture."""
        if self.kind == "picture":
            return self.shape
        if self.kind == "number":
            return self.shape or (1,)
        return (len(self.names) or 1, *self.shape)

    def counted(self) -> str:
        """How many names it has, and of what: ``10 classes``."""
        one, several = NAMED[self.kind]
        return f"{len(self.names)} {one if len(self.names) == 1 else several}"

    def listed(self) -> str:
        """Its names, as many as a person reads."""
        names = self.names[:MOST_NAMES]
        while len(names) > 1 and len(", ".join(names)) > MOST_LETTERS:
            names = names[:-1]
        left = len(self.names) - len(names)
        return ", ".join(names) + (f" … and {left} more" if left else "")

    def words(self) -> str:
        """What it holds, for people: ``10 classes: Trouser, Dress``."""
        if self.names:
            return f"{self.counted()}: {self.listed()}"
        if self.kind == "number":
            what = f"{self.shape[0]} numbers" if self.shape else "a number"
            return f"{what}, in {self.unit}" if self.unit else what
        return "a picture"


def one_class(names: Iterable[str]) -> tuple[Column, ...]:
    """The columns of a data set that says the class of each example and nothing else."""
    return (Column(name=CLASS, names=tuple(names)),)


def class_names(columns: Iterable[Column]) -> tuple[str, ...]:
    """Those of the first column of classes; none where there is no such column."""
    found = first_class(columns)
    return () if found is None else found.names


def first_class(columns: Iterable[Column]) -> Column | None:
    """The first column of classes; None where there is none."""
    return next((column for column in columns if column.kind == "class"), None)


def named(columns: Iterable[Column], name: str) -> Column | None:
    """The column of this name; None where there is none."""
    return next((column for column in columns if column.name == name), None)

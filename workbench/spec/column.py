"""What the data says about each example besides its input: columns, each a possible target of a head."""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from workbench.spec.record import Record
from workbench.spec.words import isolated, plural

Kind = Literal["class", "number", "keypoints", "labels", "picture", "mask", "prior"]
"""One of several names; a number, or several; places in the picture; any of several names; a picture; one of several
names for each pixel; not in the data, but a distribution.
"""

PRIOR = "prior"
"""The target that is no column of the data: the standard normal distribution N(0, I) of a code."""

IN_DATA: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind != PRIOR)
"""The kinds of columns that data can have."""

CLASS = "class"
"""The column with the single class of each example, and a head's target unless it names another."""

PICTURE = "picture"
"""The column that all pictures have: the picture itself, before any corruption of the input."""

NO_CLASS = -100
"""The value of unlabelled pixels in a mask: torch's ``ignore_index``."""

MOST_NAMES, MOST_LETTERS = 12, 200
"""The most of a column's names that are listed, and the most letters."""

NAMED: dict[Kind, tuple[str, str]] = {
    "class": ("class", "classes"),
    "labels": ("label", "labels"),
    "mask": ("class of pixels", "classes of pixels"),
}
"""What the names of a column are, in singular and plural."""


class Column(Record):
    """One column. ``names`` are those of its classes or labels; ``unit`` is that of a number (``years``).

    ``shape`` is as the network has to output them: (C, H, W) for a picture, (H, W) for a mask, (2K,) for K key points.
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
        if self.kind in ("number", "keypoints"):
            return self.shape or (1,)
        return (len(self.names) or 1, *self.shape)

    def counted(self) -> str:
        """Return how many names it has, and of what: ``10 classes``."""
        one, several = NAMED[self.kind]
        return f"{len(self.names)} {one if len(self.names) == 1 else several}"

    def listed(self) -> str:
        """Return its names, as many as people read."""
        names = self.names[:MOST_NAMES]
        while len(names) > 1 and len(", ".join(names)) > MOST_LETTERS:
            names = names[:-1]
        left = len(self.names) - len(names)
        return ", ".join(map(isolated, names)) + (f" … and {left:,} more" if left else "")

    def words(self) -> str:
        """Return what it holds, in words: ``10 classes: Trouser, Dress``."""
        if self.names:
            return f"{self.counted()}: {self.listed()}"
        if self.kind == "number":
            what = f"{self.shape[0]} numbers" if self.shape else "a number"
            return f"{what}, in {self.unit}" if self.unit else what
        if self.kind == "keypoints":
            return f"{plural(self.shape[0] // 2, 'key point')}, x and y from 0 to 1"
        return "the standard normal distribution, not a column of the data" if self.kind == "prior" else "a picture"


def one_class(names: Iterable[str]) -> tuple[Column, ...]:
    """Return the columns of a data set that has the class of each example and nothing else."""
    return (Column(name=CLASS, names=tuple(names)),)


def class_names(columns: Iterable[Column]) -> tuple[str, ...]:
    """Return the names of the first column of classes; empty if there is none."""
    found = first_class(columns)
    return () if found is None else found.names


def first_class(columns: Iterable[Column]) -> Column | None:
    """Return the first column of classes; None if there is none."""
    return next((column for column in columns if column.kind == "class"), None)


def named(columns: Iterable[Column], name: str) -> Column | None:
    """Return the column of this name, which for the prior always exists; None if there is none."""
    prior = Column(name=PRIOR, kind="prior") if name == PRIOR else None
    return next((column for column in columns if column.name == name), prior)


def names_of_features(columns: Sequence[Column]) -> tuple[str, ...]:
    """Return a name for each number of the input, in order: ``age``, ``size 1``, ``size 2``, ``colour=red``."""
    names: list[str] = []
    for column in columns:
        if column.names:
            names += (f"{column.name}={word}" for word in column.names)
        else:
            names += (f"{column.name} {place + 1}" for place in range(*column.shape)) if column.shape else [column.name]
    return tuple(names)

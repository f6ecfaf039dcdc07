"""Tables of several kinds of head."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.cli.console import table
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.spec.words import several

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.session.views.mistakes.head import HeadMistakes

WIDEST_MATRIX = 12
"""Number of classes; with more, a matrix is not readable as text."""


def heading(found: "HeadMistakes") -> str:
    """Return of which pictures the mistakes are: ``test pictures after step 5,000``."""
    return f"{SPLIT_TITLES[found.split]} {several(found.thing)} after step {found.step:,}"


def matrix_table(corner: str, names: Sequence[str], matrix: "NDArray[np.int64]") -> str:
    """Return a confusion matrix [classes, classes]; ``corner`` heads its rows."""
    rows = [(corner, *(str(number) for number in range(1, len(names) + 1)))]
    for number, (name, row) in enumerate(zip(names, matrix.tolist(), strict=True), 1):
        rows.append((f"{number} {name}", *(f"{count:,}" if count else "·" for count in row)))
    return table(rows, right=range(1, len(rows[0])))


def pictures_table(
    found: "HeadMistakes", indices: Iterable[int], columns: Mapping[str, Iterable[str]], *, texts: Collection[str] = ()
) -> str:
    """Return the pictures with these numbers, a row each: number, name if it has one, and these columns by their
    headings, those in ``texts`` left-aligned.
    """
    indices = list(indices)
    names = {} if found.names is None else {"name": [str(found.names[index]) for index in indices]}
    columns = {"number": [f"{index:,}" for index in indices], **names, **columns}
    numbers = [place for place, heading in enumerate(columns) if heading not in ("name", *texts)]
    return table([tuple(columns), *zip(*columns.values(), strict=True)], right=numbers)

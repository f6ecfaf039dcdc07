"""Values as a user may type them."""

from argparse import ArgumentTypeError

import pytest

from workbench.cli.values import shape


@pytest.mark.parametrize("text", ["3,224,112", "3x224x112", "3×224×112", "3, 224, 112"])
def test_the_sides_of_a_shape_are_separated_by_commas_or_crosses(text: str) -> None:
    assert shape(text) == (3, 224, 112)


def test_a_shape_has_one_to_three_sides_of_at_least_one() -> None:
    assert (shape("2"), shape("1,1")) == ((2,), (1, 1))
    for text in ("", "3,,3", "1,2,3,4", "3,-1,2", "3,0,2", "3,2.5"):
        with pytest.raises(ArgumentTypeError, match="is not a shape: write one to three sizes"):
            shape(text)

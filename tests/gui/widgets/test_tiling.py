"""Grids of tiles: all inside the room, each found by its position."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.widgets.tiling import fit


@given(
    st.integers(1, 200),
    st.integers(1, 9),
    st.integers(1, 9),
    st.floats(150, 900),
    st.floats(150, 900),
    st.integers(0, 9),
)
def test_every_tile_is_inside_the_room_and_found_by_its_middle(
    count: int, w: int, h: int, room_w: float, room_h: float, footer: int
) -> None:
    layout = fit(count, (w, h), (room_w, room_h), gap=2, largest=80, footer=footer)
    if layout.width > 1 and layout.height > 1:
        size = layout.size(count)
        assert size[0] <= room_w + 1e-6 and size[1] <= room_h + 1e-6
        assert max(layout.width, layout.height) <= 80 + 1e-6
    for index in range(count):
        left, top = layout.place(index)
        assert layout.tile_at(left + layout.width / 2, top + layout.height / 2, count) == index
    assert layout.tile_at(-1, 0, count) is None


@pytest.mark.parametrize("count", [6, 16, 64])
def test_tiles_use_the_room(count: int) -> None:
    layout = fit(count, (5, 5), (400, 200), gap=4, largest=1000)
    assert count * layout.width * layout.height > 0.4 * 400 * 200

"""Grids of small pictures, for filters and neighbours. No Qt."""

from workbench.spec.record import Record


class Tiling(Record):
    """A grid of tiles in logical pixels: tile i is in column i % columns, with ``footer`` below it for text."""

    columns: int
    width: float
    height: float
    gap: float
    footer: float = 0.0

    @property
    def pitch(self) -> tuple[float, float]:
        """Distance from one tile to the next: across, down."""
        return self.width + self.gap, self.height + self.footer + self.gap

    def place(self, index: int) -> tuple[float, float]:
        """Return left and top of a tile, relative to the grid's corner."""
        row, column = divmod(index, self.columns)
        return column * self.pitch[0], row * self.pitch[1]

    def tile_at(self, x: float, y: float, count: int) -> int | None:
        """Return the tile at a point, footers included; None beside or between tiles."""
        (across, down) = self.pitch
        column, row = int(x // across), int(y // down)
        index = row * self.columns + column
        inside = x % across < self.width and y % down < self.height + self.footer
        return index if x >= 0 and y >= 0 and column < self.columns and index < count and inside else None

    def size(self, count: int) -> tuple[float, float]:
        """Return width and height of the whole grid."""
        rows = -(-count // self.columns)
        return self.columns * self.pitch[0] - self.gap, rows * self.pitch[1] - self.gap


def filled(room: float, width: float, height: float, *, gap: float, footer: float = 0.0) -> Tiling:
    """Return the grid of tiles of this size with as many columns as there is room for, at least one."""
    columns = max(int((room + gap) // (width + gap)), 1)
    return Tiling(columns=columns, width=width, height=height, gap=gap, footer=footer)


def fit(
    count: int, tile: tuple[int, int], room: tuple[float, float], *, gap: float, largest: float, footer: float = 0.0
) -> Tiling:
    """Return the grid in which ``count`` tiles of proportions ``tile`` (width, height) are as large as possible.

    No tile's longer side exceeds ``largest``, and none is below one pixel, however small the room is.
    """
    width, height = tile
    best, best_scale = 1, 0.0
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        scale = min(((room[0] + gap) / columns - gap) / width, ((room[1] + gap) / rows - gap - footer) / height)
        if scale > best_scale:
            best, best_scale = columns, scale
    scale = max(min(best_scale, largest / max(tile)), 1 / max(tile))
    # If the largest size leaves space, rows are filled to the right edge before another is begun.
    best = max(best, min(count, int((room[0] + gap) // (width * scale + gap))))
    return Tiling(columns=best, width=width * scale, height=height * scale, gap=gap, footer=footer)

"""Key points in pixels of the file lie in the prepared picture where what they mark is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from workbench.data import facts, source_from_text
from workbench.data.preparation import prepare
from workbench.data.source import WrongColumn
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe

HEIGHT, WIDTH = 60, 40
SIZES = [(200, 100), (100, 200), (120, 180), (80, 80)]
"""Width and height of files, all cropped and resized to 40×60."""

TURNED = 6
"""The EXIF orientation of a picture to be turned a quarter to the right."""


def marked(size: tuple[int, int], place: tuple[int, int]) -> Image.Image:
    """Black, with a white square around a place."""
    width, height = size
    y, x = np.mgrid[:height, :width] + 0.5
    return Image.fromarray(np.where((abs(x - place[0]) < 6) & (abs(y - place[1]) < 6), 255, 0).astype(np.uint8))


def centre(picture: np.ndarray) -> np.ndarray:
    """Return x and y of the centre of what is white, as fractions of width and height."""
    weights = picture.astype(float)
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    return np.array([(x * weights).sum() / WIDTH, (y * weights).sum() / HEIGHT]) / weights.sum()


def examples() -> list[tuple[Image.Image, list[int]]]:
    """Return pictures with their places: a little left of, and above the centre."""
    places = [(width // 2 - 8, height // 2 - 12) for width, height in SIZES]
    return [(marked(size, place), [*place, 0, 0]) for size, place in zip(SIZES, places, strict=True)]


def check(source: Component) -> None:
    recipe = DataRecipe(source=source, validation_share=0)
    data = prepare(recipe, input_shape=(1, HEIGHT, WIDTH), seed=0)
    (points, _) = data.columns
    assert (points.kind, points.answer) == ("keypoints", (4,))
    for picture, target in zip(np.asarray(data.train.inputs), data.train.targets["corners"].numpy(), strict=True):
        assert target[:2] == pytest.approx(centre(picture[0]), abs=0.01)
    first = data.train.targets["corners"][0, 2:].tolist()
    assert first == pytest.approx([-1.0, 0.0]), (
        "the left upper corner of a picture thrice as wide as what is kept of it"
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl", "pairs.jsonl"])
def test_they_follow_the_crop_and_the_size_of_each_file(tmp_path: Path, kind: str) -> None:
    rows = []
    for number, (image, places) in enumerate(examples()):
        if number == 1:  # stored lying on its side; the places are those of the picture as it is seen
            exif = Image.Exif()
            exif[0x0112] = TURNED
            image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "1.png", exif=exif)
        else:
            image.save(tmp_path / f"{number}.png")
        rows.append({"path": f"{number}.png", "corners": places})
    if kind == "pairs.jsonl":
        rows = [row | {"corners": [row["corners"][:2], row["corners"][2:]]} for row in rows]
    if kind != "csv":
        (tmp_path / f"a.{kind}").write_text("\n".join(map(json.dumps, rows)))
    else:
        lines = [f"{row['path']},{';'.join(map(str, row['corners']))}" for row in rows]
        (tmp_path / "a.csv").write_text("\n".join(["path,corners", *lines]))
    source = source_from_text(str(tmp_path / f"a.{kind}"))
    check(Component(type=source.type, parameters={**source.parameters, "test_share": 0.0}))


@pytest.mark.parametrize("shape", [(-1, 4), (-1, 2, 2)])
def test_those_of_arrays_follow_their_only_size(tmp_path: Path, shape: tuple[int, ...]) -> None:
    places = [[80 + 5 * number, 40, 0, 0] for number in range(4)]
    images = np.stack([np.asarray(marked((200, 100), (x, y))) for x, y, *_ in places])
    np.savez(tmp_path / "a.npz", x=images, corners=np.reshape(places, shape))
    source = source_from_text(str(tmp_path / "a.npz"))
    check(Component(type=source.type, parameters={**source.parameters, "test_share": 0.0}))


@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [
        ("corners", "3;4;12;9", "keypoints"),
        ("corners", "0.3;0.4;0.9;0.9", "number"),  # fractions already
        ("corners", "3.5;4;12", "number"),  # no pairs
        ("box", "3.5;4;12;9", "number"),
        ("Left landmark", "3;4", "keypoints"),
    ],
)
def test_they_are_guessed_by_name_and_values(tmp_path: Path, column: str, values: str, kind: str) -> None:
    (tmp_path / "a.csv").write_text("\n".join([f"path,{column}", *(f"{number}.png,{values}" for number in range(4))]))
    source = source_from_text(str(tmp_path / "a.csv"))
    (_, taken) = facts(source).taken_for
    assert (taken.name, taken.kind) == (column, kind)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (lambda row: [[row, 3], [4, 12]], "keypoints"),  # pairs, whatever the name
        (lambda row: [row, 3, 4, 12], "number"),  # many different numbers, four each
        (lambda row: [row, 3][: 1 + row % 2], "labels"),  # now one, now two
        (lambda row: [row % 4, 7], "labels"),  # few different ones
    ],
)
def test_whole_numbers_are_labels_or_places(tmp_path: Path, cell: Callable[[int], list[Any]], kind: str) -> None:
    rows = [json.dumps({"path": f"{row}.png", "eyes": cell(row)}) for row in range(30)]
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    (_, taken) = facts(source_from_text(str(tmp_path / "a.jsonl"))).taken_for
    assert (taken.name, taken.kind) == ("eyes", kind)


def test_those_that_miss_a_place_are_guessed_and_listed(tmp_path: Path) -> None:
    """The first of a table, and in arrays the one that is not a number."""
    for number, (image, _) in enumerate(examples()):
        image.save(tmp_path / f"{number}.png")
    cells = ["3;4;12", "3;4;12;9", "5;4;12;9", "5;4;12;8"]
    (tmp_path / "a.csv").write_text(
        "\n".join(["path,points", *(f"{row}.png,{cell}" for row, cell in enumerate(cells))])
    )
    points = np.full((4, 2, 2), 7.5)
    points[2, 1, 1] = np.nan
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 9, 9), np.uint8), points=points)
    for name, reason in (("a.csv", "points is 3;4;12, which is not 4 numbers"), ("a.npz", "points holds NaN or Inf")):
        recipe = DataRecipe(source=source_from_text(str(tmp_path / name)), validation_share=0)
        data = prepare(recipe, input_shape=(1, HEIGHT, WIDTH), seed=0)
        assert data.columns[0].kind == "keypoints" and [each.reason for each in data.broken] == [reason]


def test_half_a_pair_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("path,box\na.png,3.5;4;12\n")
    source = source_from_text(str(tmp_path / "a.csv"))
    chosen = Component(type=source.type, parameters={**source.parameters, "types": ["box=keypoints"]})
    with pytest.raises(WrongColumn, match="box has 3 numbers per row, but key points are pairs x, y"):
        facts(chosen)


def spread(folder: Path, rows: list[str], **parameters: Any) -> Component:
    """A table of pictures with these rows, the first of which names the columns."""
    for number, (image, _) in enumerate(examples()):
        image.save(folder / f"{number}.png")
    (folder / "a.csv").write_text("\n".join(rows))
    source = source_from_text(str(folder / "a.csv"))
    return Component(type=source.type, parameters={**source.parameters, "test_share": 0.0, **parameters})


def test_those_whose_x_and_y_are_columns_are_one_column(tmp_path: Path) -> None:
    """Each where it is; and a row that lacks one is left out only where they are learnt."""
    places = [places for _, places in examples()]
    rows = [f"{number}.png,{x},{y},{number},{left},{top}" for number, (x, y, left, top) in enumerate(places)]
    source = spread(tmp_path, ["path,spot_x,spot_y,max_x,Top left X,Top left Y", *rows])
    taken = {each.name: each for each in facts(source).taken_for}
    assert taken["spot_x"].kind == "number" and taken["points"].kind == "keypoints"
    assert taken["points"].why == (
        "The column points has the key points of spot_x, spot_y, Top left X and Top left Y, in pixels of the file."
    )
    data = prepare(DataRecipe(source=source, validation_share=0), input_shape=(1, HEIGHT, WIDTH), seed=0)
    for picture, target in zip(np.asarray(data.train.inputs), data.train.targets["points"].numpy(), strict=True):
        assert target[:2] == pytest.approx(centre(picture[0]), abs=0.01)
    assert data.train.targets["points"][0, 2:].tolist() == pytest.approx([-1.0, 0.0])
    (tmp_path / "less").mkdir()
    rows[2] = "2.png,9,,2,0,0"
    lacking = DataRecipe(source=spread(tmp_path / "less", ["path,spot_x,spot_y,n,left_x,left_y", *rows]))
    for used, broken in (("points", ["points is empty"]), ("left_x", [])):
        found = prepare(lacking, input_shape=(1, HEIGHT, WIDTH), seed=0, used=lambda _, used=used: (used,))
        assert [each.reason for each in found.broken] == broken


@pytest.mark.parametrize(
    ("heading", "values", "types", "kind"),
    [
        ("eye_x,eye_y", "0.5,0.25", [], None),  # fractions
        ("eye_x,eye_y", "0.5,0.25", ["points=keypoints"], "keypoints"),
        ("eye_x,eye_y", "-3,7", [], None),
        ("eye_x,nose_y", "3,7", [], None),
        ("eye_x,eye_Y", "3,7", [], None),
        ("eye_x,eye_y", "left,7", [], None),
        ("eye_x,eye_y", "3,7", ["eye_y=class"], None),  # said to be something else
        ("eye_x,eye_y", "3,7", ["points=skip"], None),
        ("eye.x,eye.y", "3,7", [], "keypoints"),
        ("points,eye_x,eye_y", "5,3,7", [], "class"),  # the table's own
    ],
)
def test_pairs_of_columns_are_points_where_they_are_pixels(
    tmp_path: Path, heading: str, values: str, types: list[str], kind: str | None
) -> None:
    source = spread(tmp_path, [f"path,{heading}", *(f"{number}.png,{values}" for number in range(4))], types=types)
    kinds = {each.name: each.kind for each in facts(source).taken_for}
    assert kinds.get("points") == kind

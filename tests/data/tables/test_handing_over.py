"""An answer handed over is the one that was given: every array, name, fault and note, and mapped pictures from the same
file.
"""

import io

import numpy as np
import pytest
from PIL import Image

from tests.data.folders import picture
from workbench.data.progress import silent
from workbench.data.rows import Rows
from workbench.data.source import DataError, WrongColumn
from workbench.data.sources.table_file import TableFile
from workbench.data.tables.handing_over import AT_ONCE, Progressed, hand_over, take_over
from workbench.spec.remedy import GuessColumns

SHAPE = (3, 8, 8)


def written(answer):
    stream = io.BytesIO()
    hand_over(answer, stream)
    return stream.getvalue()


def handed_over(answer):
    return take_over(io.BytesIO(written(answer)))


def same(found, expected):
    """Assert that two ``Loaded`` are equal."""
    for name in ("columns", "broken", "notes", "test_share", "num_usable", "num_examined", "tone", "unusable"):
        assert getattr(found, name) == getattr(expected, name), name
    assert found.splits.keys() == expected.splits.keys() and found.columns
    for theirs, ours in zip(found.splits.values(), expected.splits.values(), strict=True):
        assert theirs.targets.keys() == ours.targets.keys()
        parts = ("inputs", "groups", "sizes", "names")
        pairs = [(getattr(theirs, part), getattr(ours, part)) for part in parts]
        for values, wanted in [*pairs, *((theirs.targets[name], ours.targets[name]) for name in ours.targets)]:
            assert (values is None) == (wanted is None)
            np.testing.assert_array_equal(values, wanted)
            assert values is None or (values.dtype, values.shape) == (wanted.dtype, wanted.shape)


@pytest.fixture
def pictures(tmp_path):
    """Pictures of 16 bits with masks and persons in two splits, of which one is missing."""
    lines = ["path,mask,kind,patient,split"]
    for place in range(40):
        Image.fromarray(np.asarray(picture(place).convert("L")).astype(np.uint16) * 16).save(tmp_path / f"{place}.png")
        Image.fromarray(np.full(picture(0).size[::-1], place % 3, np.uint8)).save(tmp_path / f"m{place}.png")
        split = "test" if place % 4 == 3 else "train"
        lines.append(f"{place}.png,m{place}.png,{'ab'[place % 2]},p{place % 12},{split}")
    (tmp_path / "3.png").unlink()
    (tmp_path / "a.csv").write_text("\n".join(lines))
    return TableFile(file=str(tmp_path / "a.csv"))


def test_pictures_stay_in_their_file(pictures):
    loaded = pictures.load_for(None, SHAPE, 0, silent)
    found = handed_over(loaded)
    same(found, loaded)
    assert len(loaded.broken) == 1 and loaded.tone is not None and loaded.train.groups is not None
    for values in (found.test.inputs, found.test.targets["mask"]):
        assert isinstance(values, Rows) and values.place is not None
    assert found.test.inputs.place[0] == loaded.test.inputs.place[0]


def test_a_glance_is_handed_over_whole(pictures):
    seen = pictures.glance(None, SHAPE)
    same(handed_over(seen), seen)
    assert handed_over(pictures.facts()) == pictures.facts()


def test_more_names_than_go_at_once(tmp_path):
    rows = [f"{row / 8},{row % 101 or ''},{row % 2}" for row in range(2 * AT_ONCE + 50)]
    (tmp_path / "a.csv").write_text("\n".join(["x,y,kind", *rows]))
    loaded = TableFile(file=str(tmp_path / "a.csv"), types=("kind=class",)).load_for(None, (2,), 0, silent)
    assert len(loaded.broken) > 20 and len(loaded.train.names) > 2 * AT_ONCE
    same(handed_over(loaded), loaded)


@pytest.mark.parametrize(
    "error", [DataError("a.csv: it has no rows: add one"), WrongColumn("there is no column \ud800")]
)
def test_why_there_is_no_answer_keeps_its_words_and_its_remedy(error):
    found = handed_over(error)
    assert (type(found), str(found)) == (type(error), str(error).replace("\ud800", "?"))
    assert isinstance(found.remedy, GuessColumns) == isinstance(error, WrongColumn)


def test_how_far_it_is():
    assert handed_over(Progressed(what="Reading", done=3, total=7)) == Progressed(what="Reading", done=3, total=7)


def test_a_stream_that_ends_early_is_no_answer(pictures):
    whole = written(pictures.glance(None, SHAPE))
    for length in (0, 5, 8, 100, len(whole) // 2, len(whole) - 1):
        with pytest.raises(EOFError):
            take_over(io.BytesIO(whole[:length]))

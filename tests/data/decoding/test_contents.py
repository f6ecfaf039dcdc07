"""Decoded pictures are identified by the files' contents, not by their path, name or age."""

import os
import shutil
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.data.folders import picture
from workbench.data.decoding import contents
from workbench.data.decoding.picture_cache import decoded
from workbench.data.decoding.pictures import decode
from workbench.data.decoding.unused import UNUSED_S
from workbench.data.folder_scan import PictureFile, scan
from workbench.data.preparation import prepare
from workbench.data.progress import Cancelled, silent
from workbench.data.source import DataError
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe

SHAPE = (1, 12, 10)
NUM = 70


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "cache"


@pytest.fixture
def at_rest(monkeypatch):
    """As if the files had been written long ago."""
    monkeypatch.setattr(contents, "AT_REST_NS", 0)


@pytest.fixture
def pets(tmp_path):
    """Pictures whose files have the same size; the second is broken."""
    folder = tmp_path / "pets"
    for number in range(NUM):
        path = folder / ("cat", "dog")[2 * number // NUM] / f"{number % (NUM // 2):03}.bmp"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(number).save(path)
    (folder / "cat" / "001.bmp").write_bytes(b"not a picture")
    return folder


class Heard:
    """A progress callback that remembers its calls and cancels at ``end``."""

    def __init__(self, what="", end=None):
        self.said = {}
        self._what, self._end = what, end

    def __call__(self, what, done, total):
        self.said.setdefault(what, total)
        if what == self._what and done >= self._end:
            raise Cancelled

    @property
    def num_read(self):
        return self.said.get("Reading the pictures", 0)

    @property
    def num_decoded(self):
        return self.said.get("Decoding pictures", 0)


def prepared(folder):
    """Prepare the folder, compare each picture with decoding its file alone, and return what was done."""
    heard = Heard()
    files = scan(folder).files
    pictures, result = decoded(files, SHAPE, heard)
    for row, place in enumerate(result.kept):
        assert np.array_equal(pictures[row], decode(files[place].path.read_bytes(), SHAPE))
    assert len(result.kept) + len(result.broken) == len(files)
    return heard


def other_bytes(path):
    """Write another picture of the same file size, and restore its times."""
    before = path.stat()
    pixels = np.asarray(Image.open(path))
    Image.fromarray(255 - pixels).save(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def moved(folder):
    return folder.rename(folder.with_name("animals"))


def class_renamed(folder):
    (folder / "cat").rename(folder / "ape")
    return folder


def copied(folder):
    return shutil.copytree(folder, folder.with_name("again"))


def checked_out(folder):
    """Rewrite each file, as a version control system does."""
    for path in folder.rglob("*.bmp"):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    return folder


def touched(folder):
    for path in folder.rglob("*.bmp"):
        os.utime(path, ns=(1, 1))
    return folder


@pytest.mark.parametrize("change", [moved, class_renamed, copied, checked_out, touched])
def test_the_same_pictures_are_decoded_once(pets, at_rest, change):
    assert (prepared(pets).num_read, prepared(pets).num_read) == (NUM, 0)
    again = prepared(change(pets))
    assert again.num_read > 0 and not again.num_decoded


def test_a_run_goes_on_with_a_folder_that_was_moved(pets):
    """A checkpoint's fingerprint covers what training sees: no path and no time."""

    def fingerprint(folder):
        source = Component(type="ImageFolder", parameters={"folder": str(folder)})
        return prepare(DataRecipe(source=source), input_shape=SHAPE, seed=0).fingerprint

    before = fingerprint(pets)
    assert fingerprint(moved(touched(pets))) == before
    (pets.with_name("animals") / "dog" / "000.bmp").unlink()
    assert fingerprint(pets.with_name("animals")) != before


def test_what_is_broken_is_told_where_it_now_lies(pets):
    prepared(pets)
    files = scan(moved(pets)).files
    _, result = decoded(files, SHAPE, silent)
    assert result.broken == {1: "it is not a picture in a supported format: save it as JPEG or PNG"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no other time to go by")
def test_times_in_the_future_do_no_harm(pets, at_rest):
    for path in pets.rglob("*.bmp"):
        os.utime(path, ns=(4 * 10**18, 4 * 10**18))
    assert (prepared(pets).num_read, prepared(pets).num_read) == (NUM, 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no time of change that programs cannot set")
def test_a_silent_change_is_seen_though_size_and_times_are_the_same(pets, at_rest):
    prepared(pets)
    other_bytes(pets / "dog" / "000.bmp")
    again = prepared(pets)
    assert again.num_read == 1 and again.num_decoded == NUM


def test_files_that_were_just_written_are_not_believed(pets):
    """A change within one tick of the file system's clock leaves all times as they were."""
    prepared(pets)
    again = prepared(pets)
    assert again.num_read == NUM and not again.num_decoded


def test_digests_that_are_used_again_stay(pets, at_rest, cache, tmp_path):
    prepared(pets)
    (index,) = (cache / "contents").iterdir()
    then_s = time.time() - UNUSED_S - 3600
    os.utime(index, (then_s, then_s))
    assert prepared(pets).num_read == 0
    prepared(copied(pets))
    assert prepared(pets).num_read == 0 and index.exists()


def test_what_was_read_when_it_was_called_off_is_not_read_again(pets, at_rest):
    with pytest.raises(Cancelled):
        decoded(scan(pets).files, SHAPE, Heard("Reading the pictures", contents.STEP))
    assert prepared(pets).num_read == NUM - contents.STEP


@pytest.mark.parametrize("change", [other_bytes, lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_file_that_changes_while_it_is_prepared_is_said_and_nothing_wrong_is_kept(pets, at_rest, change):
    last = scan(pets).files[-1].path

    def meanwhile(what, done, total):
        if what == "Decoding pictures" and done == 0:
            change(last)

    with pytest.raises(
        DataError, match=r"bmp changed or was removed while the pictures were being prepared: prepare them again"
    ):
        decoded(scan(pets).files, SHAPE, meanwhile)
    assert prepared(pets).num_decoded


@pytest.mark.parametrize("damage", [lambda data: data.replace(b"a", b"b"), lambda data: b"[]", lambda data: data[:-9]])
def test_a_damaged_index_heals(pets, at_rest, cache, damage):
    prepared(pets)
    (index,) = (cache / "contents").iterdir()
    index.write_bytes(damage(index.read_bytes()))
    try:
        prepared(pets)
    except DataError:  # it was noticed that the digests differ
        prepared(pets)
    assert prepared(pets).num_read == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="who may read everything is refused nothing")
def test_a_file_that_may_be_read_again_is(pets, at_rest):
    path = pets / "dog" / "000.bmp"
    path.chmod(0)
    assert len(decoded(scan(pets).files, SHAPE, silent)[1].broken) == 2
    path.chmod(0o600)
    assert len(decoded(scan(pets).files, SHAPE, silent)[1].broken) == 1


DEEDS = st.lists(
    st.tuples(st.sampled_from(["write", "swap", "touch", "remove", "prepare"]), st.integers(0, 4), st.integers(0, 255)),
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(DEEDS)
def test_whatever_is_done_to_files_they_come_out_as_they_are(tmp_path, deeds):
    """After each action the times of all files are restored, and all have the same size."""
    folder = tmp_path / str(time.monotonic_ns())
    folder.mkdir()
    paths = [folder / f"{place}.bmp" for place in range(5)]
    for deed, place, grey in [*deeds, ("prepare", 0, 0)]:
        path, other = paths[place], paths[place - 1]
        if deed == "write":
            Image.new("L", (10, 12), grey).save(path)
        elif deed == "swap" and path.exists() and other.exists():
            path.rename(folder / "aside")
            other.rename(path)
            (folder / "aside").rename(other)
        elif deed == "remove":
            path.unlink(missing_ok=True)
        elif deed == "touch" and path.exists():
            os.utime(path)
        elif deed == "prepare":
            pictures, result = decoded([PictureFile(file=str(path)) for path in paths], SHAPE, silent)
            there = [place for place, path in enumerate(paths) if path.exists()]
            assert list(result.kept) == there
            for row, place in enumerate(there):
                assert np.array_equal(pictures[row], decode(paths[place].read_bytes(), SHAPE))
        for path in paths:
            if path.exists() and deed != "touch":
                os.utime(path, ns=(10**18, 10**18))

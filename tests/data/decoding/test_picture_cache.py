"""Decoded pictures are kept: after cancelling, kill -9, a full disk, and damage on the disk."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from filelock import FileLock

from tests.data.folders import fill
from workbench.data.decoding.picture_cache import PART, STEP, decoded
from workbench.data.decoding.pictures import decode
from workbench.data.decoding.unused import UNUSED_S
from workbench.data.folder_scan import scan
from workbench.data.progress import Cancelled, silent
from workbench.spec.problems import SpecError

pytestmark = pytest.mark.usefixtures("picture_cache")

SHAPE = (3, 8, 8)
NUM = 200


@pytest.fixture
def files(tmp_path):
    """200 pictures, every tenth broken."""
    fill(tmp_path / "pets", cat=NUM // 2, dog=NUM // 2)
    found = scan(tmp_path / "pets").files
    for file in found[::10]:
        file.path.write_bytes(b"")
    return scan(tmp_path / "pets").files


class Heard:
    """A progress callback that remembers its calls and cancels at a picture."""

    def __init__(self, end=None):
        self.decoding = []
        self._end = end

    def __call__(self, what, done, total):
        if what == "Decoding pictures":
            self.decoding.append(done)
            if self._end is not None and done >= self._end:
                raise Cancelled


def check(files, pictures, result):
    """Compare each picture with decoding its file alone; every tenth must be reported as broken."""
    assert [index for index in range(NUM) if index % 10] == list(result.kept)
    assert result.broken == dict.fromkeys(range(0, NUM, 10), "it is empty")
    assert set(result.sizes) == {(10, 12)} and len(result.sizes) == len(result.kept)
    for row, index in enumerate(result.kept):
        assert np.array_equal(pictures[row], decode(files[index].path.read_bytes(), SHAPE))


def test_many_threads_give_what_one_file_after_the_other_gives(files):
    check(files, *decoded(files, SHAPE, silent))


@pytest.mark.parametrize("end", [STEP, PART, 150])
def test_what_was_decoded_when_it_was_called_off_is_not_decoded_again(files, end):
    with pytest.raises(Cancelled):
        decoded(files, SHAPE, Heard(end))
    again = Heard()
    pictures, result = decoded(files, SHAPE, again)
    assert again.decoding[0] >= end - STEP and again.decoding[0] > 0
    check(files, pictures, result)


KILLED = """
import os, sys, signal
from pathlib import Path
from workbench.data.decoding.picture_cache import decoded
from workbench.data.folder_scan import scan

def progress(what, done, total):
    if what == "Decoding pictures" and done >= 150:
        os.kill(os.getpid(), signal.SIGKILL)

decoded(scan(Path(sys.argv[1])).files, (3, 8, 8), progress)
"""


def test_a_kill_loses_only_the_part_under_way(files, tmp_path):
    ended = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "pets"], env=os.environ)
    assert ended.returncode == -signal.SIGKILL
    again = Heard()
    check(files, *decoded(files, SHAPE, again))
    # Two whole parts of the 150 files, which is 128, a multiple of STEP.
    assert again.decoding[0] == 2 * PART


def damaged(path, change):
    data = bytearray(path.read_bytes())
    path.write_bytes(change(data))


def flipped(data):
    data[len(data) // 2] ^= 1
    return data


@pytest.mark.parametrize(
    ("suffix", "change", "first"),
    [
        (".pixels", flipped, PART),
        (".pixels", lambda data: data[: len(data) // 2], PART),
        (".pixels", lambda data: b"", 0),
        (".parts", lambda data: data[: len(data) - 30], 3 * PART),
        (".parts", lambda data: b"\xff" + data, 0),
        (".parts", lambda data: b"[1]\n" + data, 0),
    ],
)
def test_damage_is_noticed_and_decoded_again_from_there(files, picture_cache, suffix, change, first):
    decoded(files, SHAPE, silent)
    (path,) = picture_cache.glob(f"*{suffix}")
    damaged(path, change)
    again = Heard()
    check(files, *decoded(files, SHAPE, again))
    assert again.decoding[0] == first
    check(files, *decoded(files, SHAPE, forbidden))


def forbidden(what, done, total):
    assert what != "Decoding pictures"


@pytest.mark.parametrize("lost", [".pixels", ".parts"])
def test_half_of_a_cache_is_made_whole_again(files, picture_cache, lost):
    decoded(files, SHAPE, silent)
    (path,) = picture_cache.glob(f"*{lost}")
    path.unlink()
    check(files, *decoded(files, SHAPE, silent))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="who may read everything is refused nothing")
@pytest.mark.parametrize("suffix", [".pixels", ".parts"])
def test_what_may_not_be_read_ends_in_a_sentence(files, picture_cache, suffix):
    decoded(files, SHAPE, silent)
    (path,) = picture_cache.glob(f"*{suffix}")
    path.chmod(0)
    with pytest.raises(SpecError, match="cannot be written: Permission denied"):
        decoded(files, SHAPE, silent)


def test_two_at_once_decode_once(files, tmp_path):
    """The other process waits for the first, and then finds everything decoded."""
    other = "import sys; exec(sys.argv[2])"
    code = KILLED.replace("os.kill(os.getpid(), signal.SIGKILL)", "sys.exit('decoded twice')").replace("150", "0")
    waiting = []

    def progress(what, done, total):
        if what == "Decoding pictures" and not waiting:
            waiting.append(subprocess.Popen([sys.executable, "-c", other, tmp_path / "pets", code], env=os.environ))

    decoded(files, SHAPE, progress)
    assert waiting[0].wait() == 0


def test_a_disk_without_room_ends_in_a_sentence_before_anything_is_written(files, picture_cache):
    huge = (3, 100_000, 100_000)
    with pytest.raises(SpecError, match=r"the disk is full: 6,000,000,000,000 bytes are needed and [\d,]+ are free"):
        decoded(files, huge, silent)
    assert not list(picture_cache.glob("*.pixels"))


def test_a_disk_that_fills_up_meanwhile_ends_in_a_sentence_and_keeps_what_is_there(files, monkeypatch):
    """A limit on the file size makes writing fail in the middle, as a full disk does."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * PART * 192, before[1]))
    try:
        with pytest.raises(SpecError, match="cannot be written: File too large"):
            decoded(files, SHAPE, silent)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    again = Heard()
    check(files, *decoded(files, SHAPE, again))
    assert again.decoding[0] == 2 * PART


def age(file):
    """Date the file back to when it counts as unused."""
    then_s = time.time() - UNUSED_S - 3600
    os.utime(file, (then_s, then_s))


def test_pictures_that_nobody_wanted_for_long_make_room_for_new_ones(files, picture_cache):
    def kept(side):
        decoded(files, (3, side, side), silent)
        return {file.stem for file in picture_cache.glob("*.pixels")}

    (first,) = kept(4)
    (second,) = kept(5) - {first}
    for key in (first, second):
        age(picture_cache / f"{key}.parts")
    assert kept(5) == {first, second}  # nothing new is stored, and these count as used again
    assert {file.stem for file in picture_cache.glob("*.parts")} & {first} and first not in kept(6)
    assert not list(picture_cache.glob(f"{first}.p*")) and second in kept(6)


def test_pictures_that_are_being_read_stay(files, picture_cache):
    decoded(files, (3, 4, 4), silent)
    (index,) = picture_cache.glob("*.parts")
    age(index)
    with FileLock(index.with_suffix(".lock")):
        decoded(files, (3, 5, 5), silent)
    assert index.is_file() and index.with_suffix(".pixels").is_file()


def test_what_is_mapped_is_still_there_when_its_file_goes(files, picture_cache):
    pictures, result = decoded(files, SHAPE, silent)
    for index in picture_cache.glob("*.parts"):
        age(index)
    decoded(files, (3, 5, 5), silent)
    assert len(list(picture_cache.glob("*.pixels"))) == 1
    check(files, pictures, result)


def test_digests_that_nobody_wanted_for_long_go_too(files, picture_cache, tmp_path):
    decoded(files, SHAPE, silent)
    contents = picture_cache.parent / "contents"
    (old,) = contents.iterdir()
    age(old)
    fill(tmp_path / "others", cat=2, dog=2)
    decoded(scan(tmp_path / "others").files, SHAPE, silent)
    assert len(list(contents.iterdir())) == 1 and not old.exists()

"""Pictures in a file larger than memory: chosen, measured and trained on by row, exactly as whole tensors are."""

import dataclasses
import errno
import hashlib
import mmap
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.compiler.networks import network, node
from tests.data.folders import fill
from workbench.data import MIXINGS, placing
from workbench.data import mapped as mapping
from workbench.data.batches import Batches
from workbench.data.dataset import Dataset, Split
from workbench.data.inventory import channel_sums, take_inventory
from workbench.data.preparation import augmentations_of, prepare
from workbench.data.progress import silent
from workbench.data.rows import Rows, blocks
from workbench.events import StepFinished
from workbench.search.duplicates import near_pairs, same_as
from workbench.session.editing.survey import inventory_of
from workbench.session.running.in_thread import start
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment, TrainingRecipe
from workbench.spec.record import replace
from workbench.training import beginning, loop
from workbench.training.control import Control

SHAPE = (3, 12, 10)
ROOM_BYTES = 128 << 20
VARIED = (Component(type="Shift", parameters={"max_pixels": 2}), Component(type="Mirror"))

WHOLE = np.random.default_rng(0).integers(0, 256, (30, 2, 3), np.uint8)
PLACES = st.lists(st.integers(0, 29), max_size=40).map(lambda places: np.array(places, np.int64))


@given(PLACES, st.data())
def test_rows_are_read_as_the_array_that_they_stand_for(places, data):
    rows, array = Rows(WHOLE, places), WHOLE[places]
    assert (rows.shape, rows.ndim, rows.dtype, rows.nbytes) == (array.shape, array.ndim, array.dtype, array.nbytes)
    assert np.array_equal(rows, array) and np.array_equal(list(rows), list(array)) and len(rows) == len(array)
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))), bool)
    part = slice(*sorted(data.draw(st.tuples(st.integers(0, 40), st.integers(0, 40)))))
    for some in (chosen, part, np.flatnonzero(chosen)):
        assert np.array_equal(rows[some], array[some]) and np.array_equal(rows.only(some), array[some])
    assert np.array_equal(rows.channel(1), array[:, 1])
    assert sum(map(len, blocks(rows))) == len(rows)


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="only Linux counts the bytes read from the disk")
def test_of_a_large_file_hardly_more_is_read_from_the_disk_than_the_rows_asked_for(tmp_path, monkeypatch):
    """By itself, the system would read ahead: up to megabytes for each."""
    monkeypatch.setattr(mapping, "LARGE_BYTES", 0)
    shape, chosen = (400, 3, 64, 64), np.arange(0, 400, 40)
    values = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    file = tmp_path / "pixels"
    with file.open("wb") as opened:
        opened.write(values.tobytes())
        opened.flush()
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    rows, before = mapping.mapped(file, shape).only(chosen), num_bytes_read()
    assert np.array_equal(rows[:], values[chosen])
    num_read = num_bytes_read() - before
    if not num_read:
        pytest.skip("the temporary folder is on no disk")
    assert num_read <= rows.nbytes + len(chosen) * 2 * mmap.PAGESIZE
    assert np.array_equal(rows[1], values[chosen[1]]) and np.array_equal(rows[2:2], values[:0])


def test_while_a_batch_is_computed_the_disk_reads_the_next():
    told: list[list[int]] = []
    rows = Rows(WHOLE[:, None, None], np.arange(30), lambda chosen: told.append(np.atleast_1d(chosen).tolist()))
    batches = Batches(Split(inputs=rows, targets={}), mean=(0.5,), std=(0.2,), batch_size=12, part=(0, 2))
    told.clear()
    epoch = batches.epoch(0)
    first = next(epoch)
    assert told[0] == first.indices.tolist() and len(told) == 2, "its own, and the next ones"
    second = next(epoch)
    assert told[1] == told[2] == second.indices.tolist() and len(second.indices) == 6
    (last,) = epoch
    assert told[3:] == [last.indices.tolist()] * 2, "after which there is none"


@pytest.mark.parametrize("part", [(0, 2), (1, 2)])
def test_of_a_mixed_batch_the_picture_before_a_ranks_own_is_announced_as_well(part):
    told: list[list[int]] = []
    rows = Rows(WHOLE[:, None], np.arange(30), lambda chosen: told.append(np.atleast_1d(chosen).tolist()))
    mixing = MIXINGS.make("Mixup", {"chance": 1.0})
    split = Split(inputs=rows, targets={})
    batches = Batches(split, mean=(0.5,), std=(0.2,), batch_size=12, part=part, mixing=mixing)
    told.clear()
    epoch = batches.epoch(0)
    for _ in (next(epoch), next(epoch)):
        pass
    assert told[1] == told[2] and len(told[1]) == 7


def test_a_system_that_refuses_to_read_ahead_ends_nothing():
    def refuse(*_):
        raise OSError(errno.EAGAIN, "short of memory")

    rows = Rows(WHOLE, np.arange(30), mapping.Ahead(refuse, 6))
    rows.announce(np.arange(3))
    assert np.array_equal(rows[4:9], WHOLE[4:9])


def num_bytes_read() -> int:
    """The bytes that this process has had the disk read."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("read_bytes")))


@pytest.fixture
def pets(tmp_path):
    """A recipe that excludes some pictures and splits the others at random."""
    folder = fill(tmp_path / "pets", cat=60, dog=51)
    source = Component(type="ImageFolder", parameters={"folder": str(folder)})
    leave_out = ("cat/007.png", "dog/008.png", "dog/050.png")
    return DataRecipe(source=source, augmentation=VARIED, split="random", leave_out=leave_out)


def in_memory(split):
    return Split(
        inputs=torch.from_numpy(np.asarray(split.inputs)),
        targets={name: torch.from_numpy(np.asarray(values)) for name, values in split.targets.items()},
    )


def as_tensors(data: Dataset) -> Dataset:
    """The same data, with every split as a tensor in memory."""
    return dataclasses.replace(data, **{name: in_memory(getattr(data, name)) for name in ("train", "val", "test")})


@pytest.mark.parametrize("way", ["random", "stratified"])
def test_mean_deviation_and_fingerprint_are_those_of_the_whole(pets, way):
    data = prepare(replace(pets, split=way), input_shape=SHAPE, seed=1)
    assert all(isinstance(split.inputs, Rows) for split in (data.train, data.val, data.test))
    pictures = np.asarray(data.train.inputs)
    assert np.allclose(data.mean, (pictures / 255).mean((0, 2, 3))) and np.allclose(
        data.std, (pictures / 255).std((0, 2, 3))
    )
    digest = hashlib.sha256(b"cat\0dog")
    for split in (data.train, data.val, data.test):
        digest.update(f"|u1{tuple(split.inputs.shape)}".encode() + np.asarray(split.inputs).tobytes())
        digest.update(split.targets["class"].numpy().tobytes())
    assert data.fingerprint == digest.hexdigest()


def assert_equal_batches(data, **settings):
    """Compare batches of rows and of tensors, augmented and in order, with all targets; return those of rows."""

    def batches(split):
        steps = augmentations_of(DataRecipe(source=Component(type="Digits"), augmentation=VARIED))
        return Batches(split, mean=data.mean, std=data.std, batch_size=16, seed=3, augmentation=steps, **settings)

    ours, theirs = batches(data.train), batches(in_memory(data.train))
    pairs = [*zip(ours.epoch(2), theirs.epoch(2), strict=True), *zip(ours.in_order(), theirs.in_order(), strict=True)]
    for one, other in pairs:
        assert torch.equal(one.indices, other.indices) and torch.equal(one.inputs, other.inputs)
        assert one.targets.keys() == other.targets.keys()
        assert all(torch.equal(values, other.targets[name]) for name, values in one.targets.items())
        assert torch.equal(ours.pictures(one.inputs), theirs.pictures(other.inputs))
    return ours


@pytest.mark.parametrize("part", [(0, 1), (1, 3)])
def test_batches_are_those_of_the_whole(pets, part):
    assert_equal_batches(prepare(pets, input_shape=SHAPE, seed=1), part=part)


def test_masks_and_pictures_of_a_table_are_rows_too(tmp_path):
    """One picture and one mask cannot be read, so the columns' files have different rows."""
    random = np.random.default_rng(0)
    lines = ["path,mask,other,patient,kind"]
    for number in range(48):
        names = [f"{kind}{number}.png" for kind in ("path", "mask", "other")]
        for name, channels in zip(names, ((3,), (), (3,)), strict=True):
            values = random.integers(0, 256 if channels else 3, (12, 10, *channels), np.uint8)
            Image.fromarray(values).save(tmp_path / name)
        lines.append(",".join([*names, f"p{number // 3}", "cat" if number % 2 else "dog"]))
    (tmp_path / "path5.png").write_bytes(b"")
    (tmp_path / "mask9.png").write_bytes(b"")
    (tmp_path / "a.csv").write_text("\n".join(lines))
    settings = {"picture": "path", "group": "patient", "types": ["mask=mask", "other=picture", "kind=class"]}
    source = Component(type="TableFile", parameters={"file": str(tmp_path / "a.csv"), **settings})
    data = prepare(DataRecipe(source=source, split="grouped"), input_shape=SHAPE, seed=2)
    assert len(data.broken) == 2 and sum(len(split) for split in (data.train, data.val, data.test)) == 46
    assert all(isinstance(data.train.targets[name], Rows) for name in ("mask", "other"))
    ours = assert_equal_batches(data)
    assert isinstance(ours.targets["mask"], Rows) and isinstance(ours.inputs, Rows)


@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_gpu_has_the_whole_or_gets_it_batch_by_batch(pets, monkeypatch, share):
    monkeypatch.setattr(placing, "SHARE", share)
    ours = assert_equal_batches(prepare(pets, input_shape=SHAPE, seed=1), device="cuda")
    assert isinstance(ours.inputs, Rows) == (share == 0.0)


def experiment(recipe, shape, batch_size):
    """An experiment with a network of hardly any weights."""
    architecture = network(
        node("input", "Input", shape=list(shape)),
        node("pool", "AdaptiveAvgPool2d", "input", output_size=2),
        node("flatten", "Flatten", "pool"),
        node("fc", "Linear", "flatten", out_features="$classes"),
        node("output", "Output", "fc"),
        classes=2,
    )
    return Experiment(
        name="pets",
        architecture=architecture,
        data=recipe,
        training=TrainingRecipe(epochs=1, batch_size=batch_size, device="cpu"),
    )


def losses(experiment, data, folder):
    folder.mkdir()
    events = loop.train(*beginning.prepare(experiment, data), folder, Control())
    return [event.loss for event in events if isinstance(event, StepFinished)]


def test_losses_are_those_of_the_whole(pets, tmp_path):
    asked = experiment(pets, SHAPE, 16)
    data = prepare(pets, input_shape=SHAPE, seed=0)
    ours = losses(asked, data, tmp_path / "rows")
    assert len(ours) == 5 and ours == losses(asked, as_tensors(data), tmp_path / "tensors")


def test_a_look_through_finds_what_it_finds_of_the_whole(pets):
    rows = take_inventory(pets, input_shape=SHAPE, seed=0, progress=silent).parts
    arrays = [np.asarray(part) for part in rows]
    assert all(isinstance(part, Rows) for part in rows)
    for ours, theirs in zip(channel_sums(rows, silent), channel_sums(arrays, silent), strict=True):
        assert np.array_equal(ours, theirs)
    firsts = same_as(rows, silent)
    assert np.array_equal(firsts, same_as(arrays, silent)) and len(set(firsts.tolist())) < len(firsts)
    ours, theirs = near_pairs(rows, firsts, silent), near_pairs(arrays, firsts, silent)
    assert np.array_equal(ours.pairs, theirs.pairs) and np.array_equal(ours.correlations, theirs.correlations)


def of_status(line):
    """A number of bytes from this process's kernel status."""
    found = next(found for found in Path("/proc/self/status").read_text().splitlines() if found.startswith(line))
    return 1024 * int(found.split()[1])


def main(folder, count):
    """In the child: decode, split, exclude, measure and train for an epoch, with memory for only some pictures."""
    shape = (3, 256, 256)
    source = Component(type="ImageFolder", parameters={"folder": str(fill(folder / "few", cat=8, dog=8))})
    asked = experiment(DataRecipe(source=source), shape, 8)
    warm = start(asked, folder / "runs")  # torch allocates its own memory
    assert warm.join(60) and warm.state == "finished"
    for label, name in enumerate(("cat", "dog")):
        (folder / "many" / name).mkdir(parents=True)
        for number in range(label, count, 2):
            Image.new("RGB", (4, 4), (number % 256, number // 256, 99)).save(folder / "many" / name / f"{number}.png")
    source = Component(type="ImageFolder", parameters={"folder": str(folder / "many")})
    asked = experiment(DataRecipe(source=source, split="random", leave_out=("cat/4.png",)), shape, 4)
    used = of_status("VmData:")
    resource.setrlimit(resource.RLIMIT_DATA, (used + ROOM_BYTES, used + ROOM_BYTES))
    run = start(asked, folder / "runs")
    assert run.join(500) and run.state == "finished", run.log.since(0)[-1]
    gallery = run.insight.gallery.newest()[1]
    assert gallery.count > count / 6 and gallery.picture(gallery.count - 1).shape == gallery.shape == shape
    channel_sums(inventory_of(asked, silent).parts, silent)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel that binds its memory is Linux")
@pytest.mark.timeout(700)
@pytest.mark.parametrize("count", [900, pytest.param(6000, marks=pytest.mark.slow)])
def test_more_pictures_than_there_is_memory_for_are_trained_with(tmp_path, count):
    command = [sys.executable, "-c", f"from tests.data.test_rows import *; main(Path({str(tmp_path)!r}), {count})"]
    # Large arrays go back to the kernel at once; it counts addresses that the C library keeps for reuse.
    own = {"WORKBENCH_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env={**os.environ, **own})
    assert done.returncode == 0, done.stderr

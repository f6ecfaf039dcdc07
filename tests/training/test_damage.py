"""Disks that fail at every possible point, and changed files: old files stay intact, damaged ones are rejected."""

import errno
import io
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save

from tests.training.experiments import data_of, digits
from workbench.compiler import weights
from workbench.compiler.importing.operations import Unreadable
from workbench.compiler.importing.pickled import convert
from workbench.compiler.weights import digest
from workbench.durable import sha256, write_bytes
from workbench.runs.store import BEST, LAST, PREVIOUS
from workbench.spec.experiment import StartWeights
from workbench.spec.problems import SpecError
from workbench.training import beginning, loop
from workbench.training.checkpoint import newest, read_checkpoint, save_checkpoint
from workbench.training.control import Control
from workbench.training.start_weights import load_start

CALLS = ("open", "fsync", "replace", "link", "close", "unlink")
"""The system calls that write a file."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run's folder after two epochs, with its plan and state."""
    folder = tmp_path_factory.mktemp("trained")
    plan, state = beginning.prepare(digits(epochs=2), data_of(digits()))
    list(loop.train(plan, state, folder, Control()))
    return folder, plan, state


class Refusing:
    """The operating system, where call number ``refused`` fails."""

    def __init__(self, monkeypatch, refused, code):
        self.num_calls = 0
        self.refused = refused
        self.code = code
        for name in CALLS:
            monkeypatch.setattr(os, name, self.wrapped(getattr(os, name)))
        monkeypatch.setattr(Path, "open", self.wrapped(Path.open))

    def wrapped(self, original):
        def call(*arguments, **options):
            self.num_calls += 1
            if self.num_calls - 1 == self.refused:
                raise OSError(self.code, os.strerror(self.code))
            return original(*arguments, **options)

        return call


def sound(folder):
    """The steps of the existing checkpoints, each of which must be intact."""
    return {
        name: read_checkpoint(folder / name).state["step"]
        for name in (LAST, PREVIOUS, BEST)
        if (folder / name).is_file()
    }


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_whichever_call_the_disk_refuses_old_checkpoints_are_whole(trained, tmp_path, monkeypatch, code):
    _, plan, state = trained
    refused, told = 0, []
    while True:
        folder = tmp_path / str(refused)
        shutil.copytree(trained[0], folder)
        before = sound(folder)
        with monkeypatch.context() as patch:
            disk = Refusing(patch, refused, code)
            try:
                save_checkpoint(folder, LAST, state, {}, plan.device)
            except SpecError as error:
                told.append(str(error))
            except OSError:
                pass  # from the clean-up
        after = sound(folder)
        assert after.keys() >= before.keys() and newest(folder)[0].path == folder / LAST
        if disk.num_calls <= refused:
            break
        refused += 1
    words = "the disk is full" if code == errno.ENOSPC else "cannot be written"
    assert refused >= 8 and len(told) >= 6 and all(words in sentence for sentence in told)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_folder_that_vanishes_before_any_call_of_a_save_is_not_made_again(trained, tmp_path, monkeypatch, is_first):
    _, plan, state = trained
    vanishes_at = 0
    while True:
        folder, elsewhere = tmp_path / str(vanishes_at), tmp_path / f"{vanishes_at} elsewhere"
        shutil.copytree(trained[0], folder)
        if is_first:
            shutil.rmtree((folder / LAST).parent)
        num_calls = 0

        def vanishing(original, folder=folder, elsewhere=elsewhere, vanishes_at=vanishes_at):
            def call(*arguments, **options):
                nonlocal num_calls
                num_calls += 1
                if num_calls - 1 == vanishes_at:
                    folder.rename(elsewhere)
                return original(*arguments, **options)

            return call

        with monkeypatch.context() as patch:
            for each in (*CALLS, "mkdir"):
                patch.setattr(os, each, vanishing(getattr(os, each)))
            patch.setattr(Path, "open", vanishing(Path.open))
            with suppress(SpecError):
                save_checkpoint(folder, BEST, state, {}, plan.device)
        if num_calls <= vanishes_at:
            break
        assert not folder.exists() and elsewhere.is_dir()
        vanishes_at += 1
    assert vanishes_at > 4
    gone = tmp_path / "gone"
    with pytest.raises(SpecError, match="cannot be written: No such file"):
        save_checkpoint(gone, LAST, state, {}, plan.device)
    assert not gone.exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_that_may_not_grow_harms_no_old_one(trained, tmp_path, share):
    """The kernel refuses what exceeds a size limit, in the middle of the write."""
    folder = tmp_path / "run"
    shutil.copytree(trained[0], folder)
    before, size_bytes = (folder / LAST).read_bytes(), (folder / LAST).stat().st_size
    environment = read_checkpoint(folder / LAST).environment
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(share * size_bytes), limits[1]))
    try:
        with pytest.raises(SpecError, match="cannot be written: File too large; the existing file is unharmed"):
            save_checkpoint(folder, LAST, trained[2], environment, trained[1].device)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (folder / LAST).read_bytes() == before
    assert not list(folder.rglob("*.tmp"))


def mutated(content, dice):
    """Change bits, cut ends, alter numbers in the header, or move, zero or duplicate pieces."""
    data = bytearray(content)
    place = dice.randrange(len(data)) if dice.random() < 0.5 else dice.randrange(min(len(data), 4096))
    match dice.randrange(8):
        case 0:
            data[place] ^= 1 << dice.randrange(8)
        case 1:
            del data[place:]
        case 2:
            data[place : place + dice.randrange(1, 64)] = dice.randbytes(dice.randrange(64))
        case 3:
            data[:8] = dice.choice([0, 1, len(data), 2**31, 2**63 - 1, 2**64 - 1]).to_bytes(8, "little")
        case 4:
            end = place + dice.randrange(1, 4096)
            data[place:end] = bytes(len(data[place:end]))
        case 5:
            data += dice.randbytes(dice.randrange(1, 256))
        case 6:
            length = int.from_bytes(data[:8], "little")
            words = [
                b"F32",
                b"I64",
                b"U8",
                b"data_offsets",
                b"shape",
                b"dtype",
                b"sha256",
                b"version",
                b"state",
                b"[",
                b"0",
            ]
            word = dice.choice(words)
            header = bytes(data[8 : 8 + length]).replace(
                word, dice.choice([b"F16", b"F64", b"BOOL", b"-1", b"1e99", b"{"]), 1
            )
            data[:] = len(header).to_bytes(8, "little") + header + data[8 + length :]
        case 7:
            data[place:place] = data[: dice.randrange(1, 512)]
    return bytes(data)


def check_mutations(trained, tmp_path, seed, number):
    """Mutate a checkpoint, a weight file and one in torch's format: each is rejected or has its original contents."""
    folder, _, state = trained
    dice = random.Random(seed)
    whole = (folder / LAST).read_bytes()
    given = {
        name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in state.module.state_dict().items()
    }
    weights, archive = save(given), io.BytesIO()
    torch.save(given, archive)
    original = read_checkpoint(folder / LAST)
    path = tmp_path / "file.safetensors"
    theirs, converted = tmp_path / "file.pt", tmp_path / "converted.safetensors"
    chosen = StartWeights(file=str(path), sha256=write_bytes(path, weights))
    refused = 0
    for _ in range(number):
        path.write_bytes(mutated(whole, dice))
        try:
            read = read_checkpoint(path)
        except SpecError as error:
            refused += str(error).startswith(f"{path}: this ")
        else:
            assert read.state == original.state and equal(read.tensors, original.tensors)
        path.write_bytes(mutated(weights, dice))
        if sha256(path) != chosen.sha256:
            with pytest.raises(SpecError, match="this file has changed since it was chosen"):
                load_start(state.module, chosen)
        theirs.write_bytes(mutated(archive.getvalue(), dice))
        try:
            convert(theirs, converted)
        except Unreadable:
            pass
        else:
            assert equal(load_file(converted), given)
        unchecked = StartWeights(file=str(path))
        try:
            report = load_start(state.module, unchecked)
        except SpecError:
            continue
        assert report is not None and report.matches
    assert refused > 0.9 * number


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_files_that_somebody_changed_are_refused_in_words(trained, tmp_path):
    check_mutations(trained, tmp_path, seed=0, number=100)


def test_no_weights_are_taken_from_a_checkpoint_with_a_changed_bit(trained, tmp_path):
    folder, _, state = trained
    path, content = tmp_path / "copy.safetensors", bytearray((folder / LAST).read_bytes())
    path.write_bytes(content)
    assert load_start(state.module, StartWeights(file=str(path))).matches
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(SpecError, match="this checkpoint is damaged"):
        load_start(state.module, StartWeights(file=str(path)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_twenty_thousand_files_that_somebody_changed_are_refused_in_words(trained, tmp_path, seed):
    check_mutations(trained, tmp_path, seed, number=1000)


@pytest.mark.parametrize("change", [{"state": "{}"}, {"state": "[1]"}, {"state": "nonsense"}, {"environment": None}])
def test_a_whole_checkpoint_that_does_not_say_where_it_was_taken_is_refused(trained, tmp_path, change):
    """As somebody might craft one: its checksum is correct."""
    with safe_open(trained[0] / LAST, framework="pt") as file:
        tensors, said = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    said = {key: value for key, value in (said | change).items() if value is not None and key != "sha256"}
    path = tmp_path / "crafted.safetensors"
    path.write_bytes(save(tensors, said | {"sha256": digest(tensors, said)}))
    with pytest.raises(SpecError, match="does not say where it was taken"):
        read_checkpoint(path)


REPLACER = """
import itertools, os, shutil, sys
file, *others = sys.argv[1:]
for other in itertools.cycle(others):
    shutil.copyfile(other, file + ".new")
    os.replace(file + ".new", file)
"""


def test_a_checkpoint_that_is_replaced_while_it_is_read_is_not_taken_for_a_damaged_one(trained, tmp_path):
    """Its name is looked up twice, the second time perhaps after a run in another process has saved the next."""
    folder, _, _ = trained
    file = shutil.copy(folder / LAST, tmp_path / "last.safetensors")
    replacing = subprocess.Popen([sys.executable, "-c", REPLACER, file, folder / PREVIOUS, folder / LAST])
    try:
        read = [(read_checkpoint(file).step, len(weights.read(file))) for _ in range(200)]
    finally:
        replacing.kill()
        replacing.wait()
    assert len(set(read)) == 2, "both were seen, each of them whole"

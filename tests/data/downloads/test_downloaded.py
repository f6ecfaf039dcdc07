"""Downloaded sets, from a local server with tiny sets in the real formats.

torchvision's own classes read them; only their addresses and checksums are patched.
"""

import gzip
import hashlib
import http.client
import io
import os
import pickle  # noqa: TID251  # CIFAR is published pickled
import socket
import ssl
import struct
import tarfile
import time
from functools import partial

import numpy as np
import pytest
import scipy.io
from PIL import Image
from torchvision import datasets as published  # noqa: TID251  # its table of addresses is patched

from tests.data.conftest import Handler
from workbench.data import SOURCES
from workbench.data.downloads import unpacking
from workbench.data.downloads.download import BLOCK_BYTES
from workbench.data.downloads.unpacking import STEP_BYTES
from workbench.data.preparation import prepare
from workbench.data.progress import Cancelled, silent
from workbench.data.source import DataError
from workbench.durable import LEFT_AFTER_S
from workbench.places import cache_dir, data_dir
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe

NUM_TRAIN, NUM_TEST = 40, 20


pytestmark = pytest.mark.usefixtures("fetching")


def random_pictures(num, *shape):
    return np.random.RandomState(num).randint(0, 256, (num, *shape)).astype(np.uint8)


def labels(num):
    return np.arange(num) % 10


def tar_of(files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def idx(array):
    return gzip.compress(struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes())


def serve_mnist(server, monkeypatch, name="MNIST"):
    table = getattr(published, name)
    arrays = {
        "train-images-idx3-ubyte.gz": random_pictures(NUM_TRAIN, 28, 28),
        "train-labels-idx1-ubyte.gz": labels(NUM_TRAIN).astype(np.uint8),
        "t10k-images-idx3-ubyte.gz": random_pictures(NUM_TEST, 28, 28),
        "t10k-labels-idx1-ubyte.gz": labels(NUM_TEST).astype(np.uint8),
    }
    resources = [(file, server.put(file, idx(array))[1]) for file, array in arrays.items()]
    monkeypatch.setattr(table, "mirrors", [server.url])
    monkeypatch.setattr(table, "resources", resources)
    return arrays["train-images-idx3-ubyte.gz"][:, None]


def serve_cifar(server, monkeypatch, name):
    table = getattr(published, name)
    key = "labels" if name == "CIFAR10" else "fine_labels"
    train = random_pictures(NUM_TRAIN, 3, 32, 32)
    test = random_pictures(NUM_TEST, 3, 32, 32)
    names = SOURCES[name]().facts().class_names
    batches = np.array_split(np.arange(NUM_TRAIN), len(table.train_list))
    files = {
        file: pickle.dumps({"data": train[part].reshape(len(part), -1), key: labels(NUM_TRAIN)[part].tolist()})
        for (file, _), part in zip(table.train_list, batches, strict=True)
    }
    files |= {
        file: pickle.dumps({"data": test.reshape(NUM_TEST, -1), key: labels(NUM_TEST).tolist()})
        for file, _ in table.test_list
    }
    files[table.meta["filename"]] = pickle.dumps({table.meta["key"]: list(names)})
    md5s = {file: hashlib.md5(data).hexdigest() for file, data in files.items()}
    url, md5 = server.put(table.filename, tar_of({f"{table.base_folder}/{file}": data for file, data in files.items()}))
    monkeypatch.setattr(table, "url", url)
    monkeypatch.setattr(table, "tgz_md5", md5)
    monkeypatch.setattr(table, "train_list", [[file, md5s[file]] for file, _ in table.train_list])
    monkeypatch.setattr(table, "test_list", [[file, md5s[file]] for file, _ in table.test_list])
    monkeypatch.setattr(table, "meta", {**table.meta, "md5": md5s[table.meta["filename"]]})
    return train


def serve_svhn(server, monkeypatch):
    train = random_pictures(NUM_TRAIN, 3, 32, 32)
    served = {}
    for split, pictures in (("train", train), ("test", random_pictures(NUM_TEST, 3, 32, 32))):
        stream = io.BytesIO()
        digits = labels(len(pictures))
        scipy.io.savemat(stream, {"X": pictures.transpose(2, 3, 1, 0), "y": np.where(digits == 0, 10, digits)[:, None]})
        url, md5 = server.put(f"{split}_32x32.mat", stream.getvalue())
        served[split] = [url, f"{split}_32x32.mat", md5]
    monkeypatch.setattr(published.SVHN, "split_list", served)
    return train


def serve_stl10(server, monkeypatch):
    table = published.STL10
    train, test = random_pictures(NUM_TRAIN, 3, 96, 96), random_pictures(NUM_TEST, 3, 96, 96)
    files = {
        "train_X.bin": train.transpose(0, 1, 3, 2).tobytes(),
        "train_y.bin": (labels(NUM_TRAIN) + 1).astype(np.uint8).tobytes(),
        "unlabeled_X.bin": b"",
        "test_X.bin": test.transpose(0, 1, 3, 2).tobytes(),
        "test_y.bin": (labels(NUM_TEST) + 1).astype(np.uint8).tobytes(),
        "class_names.txt": "\n".join(SOURCES["STL10"]().facts().class_names).encode(),
    }
    url, md5 = server.put(table.filename, tar_of({f"{table.base_folder}/{name}": data for name, data in files.items()}))
    md5s = {file: hashlib.md5(data).hexdigest() for file, data in files.items()}
    monkeypatch.setattr(table, "url", url)
    monkeypatch.setattr(table, "tgz_md5", md5)
    monkeypatch.setattr(table, "train_list", [[file, md5s[file]] for file, _ in table.train_list])
    monkeypatch.setattr(table, "test_list", [[file, md5s[file]] for file, _ in table.test_list])
    return train


def serve_imagenette(server, monkeypatch):
    table = published.Imagenette
    files = {}
    for split, count in (("train", 4), ("val", 2)):
        for label, wnid in enumerate(sorted(table._WNID_TO_CLASS)):
            for number in range(count):
                stream = io.BytesIO()
                Image.new("RGB", (200, 160), (25 * label, 0, 0)).save(stream, format="JPEG", quality=95)
                files[f"imagenette2-160/{split}/{wnid}/{number}.JPEG"] = stream.getvalue()
    served = server.put("imagenette2-160.tgz", tar_of(files))
    monkeypatch.setattr(table, "_ARCHIVES", {**table._ARCHIVES, "160px": served})


def load(name, wanted, progress=silent):
    return SOURCES[name]().load(wanted, 0, progress)


@pytest.mark.parametrize("name", ["MNIST", "FashionMNIST", "CIFAR10", "CIFAR100", "SVHN", "STL10"])
def test_a_set_is_fetched_unpacked_read_and_then_needs_no_network(server, monkeypatch, name):
    source = SOURCES[name]()
    serve = {
        "SVHN": serve_svhn,
        "STL10": serve_stl10,
        "CIFAR10": partial(serve_cifar, name="CIFAR10"),
        "CIFAR100": partial(serve_cifar, name="CIFAR100"),
        "MNIST": partial(serve_mnist, name="MNIST"),
        "FashionMNIST": partial(serve_mnist, name="FashionMNIST"),
    }[name]
    pictures = serve(server, monkeypatch)
    loaded = load(name, source.facts().picture_shape)
    assert np.array_equal(loaded.train.inputs, pictures)
    assert loaded.train.inputs.shape[1:] == source.facts().picture_shape
    assert np.array_equal(loaded.train.targets["class"], labels(NUM_TRAIN))
    assert np.array_equal(loaded.test.targets["class"], labels(NUM_TEST))
    assert loaded.class_names == source.facts().class_names
    for served in server.folder.iterdir():
        served.unlink()
    assert np.array_equal(load(name, source.facts().picture_shape).train.inputs, pictures)
    assert [path.name for path in data_dir().iterdir()] == [source.id]
    assert not any(path.suffix in (".gz", ".tgz") for path in data_dir().rglob("*"))


def test_imagenette_is_read_as_a_folder(server, monkeypatch):
    serve_imagenette(server, monkeypatch)
    loaded = load("Imagenette", (3, 16, 16))
    assert loaded.class_names == SOURCES["Imagenette"]().facts().class_names
    assert loaded.val is None
    for split, count in ((loaded.train, 4), (loaded.test, 2)):
        assert np.array_equal(split.targets["class"], np.repeat(np.arange(10), count))
        assert np.abs(split.inputs[:][:, 0].mean((1, 2)) - 25 * split.targets["class"]).max() < 3


def test_a_fetched_set_is_prepared_like_any_other(server, monkeypatch):
    serve_mnist(server, monkeypatch)
    dataset = prepare(DataRecipe(source=Component(type="MNIST")), input_shape=(1, 32, 32), seed=0)
    assert [len(split) for split in (dataset.train, dataset.val, dataset.test)] == [30, 10, 20]
    assert dataset.train.inputs.shape[1:] == (1, 32, 32)


def test_progress_counts_bytes_up_to_what_was_announced(server, monkeypatch):
    serve_mnist(server, monkeypatch)
    said = []
    load("MNIST", (1, 28, 28), lambda what, done, total: said.append((what, done, total)))
    fetching = [(what, done, total) for what, done, total in said if what.startswith("Downloading MNIST: ")]
    assert [done for _, done, _ in fetching] == sorted(done for _, done, _ in fetching)
    assert {total for _, _, total in fetching} == {SOURCES["MNIST"]().facts().download_bytes}
    assert fetching[-1][1] == sum(path.stat().st_size for path in server.folder.iterdir())
    assert "of 11.6 MB" in fetching[0][0]


def refusal(name="MNIST"):
    with pytest.raises(DataError) as caught:
        load(name, (1, 28, 28))
    assert list(data_dir().iterdir()) == []
    return str(caught.value)


def test_calling_it_off_leaves_nothing_behind_and_can_be_done_over(server, monkeypatch):
    serve_mnist(server, monkeypatch)

    def cancel(what, done, total):
        if "Downloading" in what:
            raise Cancelled

    with pytest.raises(Cancelled):
        load("MNIST", (1, 28, 28), cancel)
    assert list(data_dir().iterdir()) == []
    assert len(load("MNIST", (1, 28, 28)).train) == NUM_TRAIN


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_calling_the_unpacking_off_leaves_nothing_behind(server, monkeypatch, share):
    pictures = serve_stl10(server, monkeypatch)
    (size,) = (path.stat().st_size for path in server.folder.iterdir())
    heard = []

    def cancel(what, done, total):
        if what.startswith("Unpacking STL-10: "):
            heard.append((done, total))
            if done >= share * total:
                raise Cancelled

    with pytest.raises(Cancelled):
        load("STL10", (3, 96, 96), cancel)
    assert list(data_dir().iterdir()) == []
    assert {total for _, total in heard} == {size} and size > 4 * STEP_BYTES
    assert heard[0][0] == 0 and heard[-1][0] <= share * size + 2 * STEP_BYTES
    assert np.array_equal(load("STL10", (3, 96, 96)).train.inputs, pictures)


def test_unpacking_tells_how_far_it_is(server, monkeypatch):
    """Over all archives together."""
    serve_mnist(server, monkeypatch)
    monkeypatch.setattr(unpacking, "STEP_BYTES", 1000)
    heard = []
    load("MNIST", (1, 28, 28), lambda what, done, total: heard.append(done / total) if "Unpack" in what else None)
    assert heard == sorted(heard) and heard[0] == 0 and 0.9 < heard[-1] <= 1 and len(heard) > 4


def test_nothing_is_unpacked_out_of_its_folder(tmp_path):
    (tmp_path / "in").mkdir()
    archive = tmp_path / "in" / "a.tar.gz"
    archive.write_bytes(tar_of({"../outside.txt": b"harm"}))
    with pytest.raises(tarfile.OutsideDestinationError):
        unpacking.unpack(archive, lambda _: None)
    assert not (tmp_path / "outside.txt").exists()


def test_two_windows_that_fetch_a_set_at_once_both_have_it(server, monkeypatch):
    serve_mnist(server, monkeypatch)
    faster = []

    def overtaken(what, done, total):
        if what.startswith("Unpacking") and not faster:
            faster.append(None)
            faster[0] = load("MNIST", (1, 28, 28))

    slower = load("MNIST", (1, 28, 28), overtaken)
    assert np.array_equal(slower.train.inputs, faster[0].train.inputs)


def test_another_file_than_expected_is_thrown_away(server, monkeypatch):
    serve_mnist(server, monkeypatch)
    server.put("t10k-images-idx3-ubyte.gz", b"not what was announced")
    assert "checksum mismatch" in refusal()


def test_the_next_mirror_is_asked(server, monkeypatch):
    serve_mnist(server, monkeypatch)
    monkeypatch.setattr(published.MNIST, "mirrors", [server.url + "nothing-here/", server.url])
    assert len(load("MNIST", (1, 28, 28)).train) == NUM_TRAIN


def test_the_next_mirror_is_asked_where_the_first_breaks_off(server, monkeypatch):
    serve_mnist(server, monkeypatch)
    (server.folder / "broken").symlink_to(server.folder)
    monkeypatch.setattr(published.MNIST, "mirrors", [server.url + "broken/", server.url])
    read = http.client.HTTPResponse.read

    def break_off(response, num_bytes):
        if "/broken/" in response.url:
            raise ssl.SSLError(1, "bad record mac")
        return read(response, num_bytes)

    monkeypatch.setattr(http.client.HTTPResponse, "read", break_off)
    assert len(load("MNIST", (1, 28, 28)).train) == NUM_TRAIN
    monkeypatch.setattr(published.CIFAR10, "url", server.url + "broken/t10k-labels-idx1-ubyte.gz")
    with pytest.raises(DataError, match=r"The connection to the server of CIFAR-10 \(127.0.0.1:\d+\) was interrupted"):
        load("CIFAR10", (3, 32, 32))


def test_what_a_killed_download_left_goes_with_the_next(server, monkeypatch):
    serve_mnist(server, monkeypatch)
    left = data_dir() / ".mnist.left"
    left.mkdir(parents=True)
    os.utime(left, (time.time() - LEFT_AFTER_S - 1,) * 2)
    load("MNIST", (1, 28, 28))
    assert [path.name for path in data_dir().iterdir()] == ["mnist"]


def test_a_file_that_is_not_there(server, monkeypatch):
    monkeypatch.setattr(published.MNIST, "mirrors", [server.url])
    assert "404" in refusal()


def test_a_connection_that_breaks_off(server, monkeypatch):
    serve_cifar(server, monkeypatch, "CIFAR10")
    archive = server.folder / published.CIFAR10.filename
    archive.rename(server.folder / "short.tar.gz")
    monkeypatch.setattr(published.CIFAR10, "url", server.url + "short.tar.gz")
    assert "The connection to the server of CIFAR-10 (127.0.0.1" in refusal("CIFAR10")


def serve_in_parts(server, monkeypatch):
    """Serve STL-10's archive by a server that breaks off after half of what is missing; return pictures and size."""
    pictures = serve_stl10(server, monkeypatch)
    (archive,) = server.folder.iterdir()
    (server.folder / "parts").mkdir()
    whole = archive.rename(server.folder / "parts" / archive.name)
    monkeypatch.setattr(published.STL10, "url", f"{server.url}parts/{whole.name}")
    monkeypatch.setattr(Handler, "starts", [])
    return pictures, whole.stat().st_size


def test_a_broken_connection_is_continued_where_it_broke(server, monkeypatch):
    pictures, size = serve_in_parts(server, monkeypatch)
    assert size > 1 << 20
    assert np.array_equal(load("STL10", (3, 96, 96)).train.inputs, pictures)
    assert Handler.starts[:2] == [0, size // 2 - 1] and len(Handler.starts) > 2
    assert list((cache_dir() / "downloads").iterdir()) == []


@pytest.mark.parametrize("spoil", [0, 1, 100], ids=["what was left", "another file", "a longer file"])
def test_a_download_called_off_is_continued_later_unless_what_was_left_is_another_file(server, monkeypatch, spoil):
    pictures, _ = serve_in_parts(server, monkeypatch)

    def cancel(what, done, total):
        if done > BLOCK_BYTES:
            raise Cancelled

    with pytest.raises(Cancelled):
        load("STL10", (3, 96, 96), cancel)
    (left,) = (cache_dir() / "downloads").iterdir()
    if spoil:
        left.write_bytes(bytes(left.stat().st_size * spoil))
    first = left.stat().st_size - 1
    assert np.array_equal(load("STL10", (3, 96, 96)).train.inputs, pictures)
    assert Handler.starts[:2] == [0, first] and Handler.starts.count(0) == 1 + bool(spoil)


def test_files_that_have_come_are_kept_for_the_next_try_until_all_have(server, monkeypatch):
    pictures = serve_svhn(server, monkeypatch)
    (server.folder / "parts").mkdir()
    for split, (_, name, md5) in published.SVHN.split_list.items():
        whole = (server.folder / name).rename(server.folder / "parts" / name)
        published.SVHN.split_list[split] = [f"{server.url}parts/{name}", name, md5]
    monkeypatch.setattr(Handler, "starts", [])
    first = (whole.parent / "train_32x32.mat").stat().st_size

    def cancel(what, done, total):
        if done > first:
            raise Cancelled

    with pytest.raises(Cancelled):
        load("SVHN", (3, 32, 32), cancel)
    assert np.array_equal(load("SVHN", (3, 32, 32)).train.inputs, pictures)
    assert Handler.starts == [0, 0, first - 1, whole.stat().st_size - 1]
    assert list((cache_dir() / "downloads").iterdir()) == []


def test_no_network(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        monkeypatch.setattr(published.CIFAR10, "url", f"http://127.0.0.1:{taken.getsockname()[1]}/x.tar.gz")
        sentence = refusal("CIFAR10")
    assert sentence.startswith("Could not reach the server of CIFAR-10 (127.0.0.1")
    assert "no network connection" in sentence and "fashion-mnist-small" in sentence


def test_no_such_host(monkeypatch):
    monkeypatch.setattr(published.CIFAR10, "url", "http://no-such-host.invalid/x.tar.gz")
    assert "Could not reach the server of CIFAR-10 (no-such-host.invalid)" in refusal("CIFAR10")


def test_a_set_damaged_on_the_disk(server, monkeypatch):
    serve_mnist(server, monkeypatch)
    load("MNIST", (1, 28, 28))
    damaged = data_dir() / "mnist" / "MNIST" / "raw" / "train-images-idx3-ubyte"
    damaged.write_bytes(damaged.read_bytes()[:500])
    with pytest.raises(DataError, match="damaged on disk.*delete the folder"):
        load("MNIST", (1, 28, 28))

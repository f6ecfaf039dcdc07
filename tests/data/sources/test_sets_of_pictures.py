"""Downloaded sets whose archives contain picture files, each from a tiny archive with the layout of the real one."""

import gzip
import io
import json
import zipfile
from collections import Counter

import numpy as np
import pytest
import scipy.io
from PIL import Image
from torchvision import datasets as published  # noqa: TID251  # its table of addresses is patched

from tests.data.downloads.test_downloaded import idx, random_pictures, serve_mnist, tar_of
from workbench.data import SOURCES
from workbench.data.preparation import prepare
from workbench.data.progress import silent
from workbench.data.source import DataError
from workbench.data.sources import eurosat
from workbench.places import data_dir
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe

pytestmark = pytest.mark.usefixtures("fetching")

SHAPE = (3, 16, 16)


def load(name, wanted):
    return SOURCES[name]().load(wanted, 0, silent)


def picture(label):
    """A JPEG of one colour that encodes the class: red increases with it, and blue decreases."""
    stream = io.BytesIO()
    Image.new("RGB", (40, 32), (2 * label, 0, 255 - 2 * label)).save(stream, format="JPEG", quality=95)
    return stream.getvalue()


def names_of(name):
    return SOURCES[name]().facts().class_names


def zip_of(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def mat_of(**arrays):
    stream = io.BytesIO()
    scipy.io.savemat(stream, arrays)
    return stream.getvalue()


def serve_pets(server, monkeypatch):
    pictures, lists = {"images/Abyssinian_1.mat": b"not a picture"}, {"trainval": [], "test": []}
    for label, name in enumerate(names_of("OxfordIIITPet")):
        for number, split in enumerate(("trainval", "trainval", "test")):
            file = f"{name.replace(' ', '_')}_{number}"
            pictures[f"images/{file}.jpg"] = picture(label)
            lists[split].append(f"{file} {label + 1} 1 1")
    annotations = {f"annotations/{split}.txt": "\n".join(lines).encode() for split, lines in lists.items()}
    served = [
        server.put(f"{name}.tar.gz", tar_of(files))
        for name, files in (("images", pictures), ("annotations", annotations))
    ]
    monkeypatch.setattr(published.OxfordIIITPet, "_RESOURCES", tuple(served))


def serve_flowers(server, monkeypatch):
    count = len(published.Flowers102.classes)
    labels = np.tile(np.arange(count), 3)
    ids = np.arange(1, len(labels) + 1)
    files = {
        "102flowers.tgz": tar_of(
            {f"jpg/image_{i:05d}.jpg": picture(label) for i, label in zip(ids, labels, strict=True)}
        ),
        "imagelabels.mat": mat_of(labels=labels + 1),
        "setid.mat": mat_of(trnid=ids[:count], valid=ids[count : 2 * count], tstid=ids[2 * count :]),
    }
    table = {
        part: (name, server.put(name, files[name])[1]) for part, (name, _) in published.Flowers102._file_dict.items()
    }
    monkeypatch.setattr(published.Flowers102, "_file_dict", table)
    monkeypatch.setattr(published.Flowers102, "_download_url_prefix", server.url)


def serve_dtd(server, monkeypatch):
    files = {}
    lists = {split: [] for split in ("train", "val", "test")}
    for label, name in enumerate(names_of("DTD")):
        for split, lines in lists.items():
            lines.append(f"{name}/{name}_{split}.jpg")
            files[f"dtd/images/{lines[-1]}"] = picture(label)
    files |= {f"dtd/labels/{split}1.txt": "\n".join(lines).encode() for split, lines in lists.items()}
    put_single(server, monkeypatch, published.DTD, "dtd-r1.0.1.tar.gz", files)


def serve_food(server, monkeypatch):
    files = {}
    lists = {"train": {}, "test": {}}
    for label, name in enumerate(name.replace(" ", "_") for name in names_of("Food101")):
        for split, count in (("train", 2), ("test", 1)):
            lists[split][name] = [f"{name}/{split}{number}" for number in range(count)]
            files |= {f"food-101/images/{path}.jpg": picture(label) for path in lists[split][name]}
    files |= {f"food-101/meta/{split}.json": json.dumps(listed).encode() for split, listed in lists.items()}
    put_single(server, monkeypatch, published.Food101, "food-101.tar.gz", files)


def put_single(server, monkeypatch, table, name, files):
    url, md5 = server.put(name, tar_of(files))
    monkeypatch.setattr(table, "_URL", url)
    monkeypatch.setattr(table, "_MD5", md5)


LISTED = {
    "OxfordIIITPet": (serve_pets, {"train": 2, "test": 1}),
    "Flowers102": (serve_flowers, {"train": 1, "val": 1, "test": 1}),
    "DTD": (serve_dtd, {"train": 1, "val": 1, "test": 1}),
    "Food101": (serve_food, {"train": 2, "test": 1}),
}


@pytest.mark.parametrize("name", LISTED)
def test_pictures_come_into_the_classes_and_splits_that_the_set_lists(server, monkeypatch, name):
    serve, counts = LISTED[name]
    serve(server, monkeypatch)
    loaded = load(name, SHAPE)
    assert loaded.class_names == names_of(name)
    for split in ("train", "val", "test"):
        part = getattr(loaded, split)
        if split not in counts:
            assert part is None
            continue
        labels = part.targets["class"]
        assert Counter(labels.tolist()) == dict.fromkeys(range(len(loaded.class_names)), counts[split])
        assert part.inputs.shape == (len(labels), *SHAPE)
        assert np.abs(part.inputs[:][:, 0].mean((1, 2)) - 2 * labels).max() < 3
        assert np.abs(part.inputs[:][:, 2].mean((1, 2)) - (255 - 2 * labels)).max() < 3
    for served in server.folder.iterdir():
        served.unlink()
    assert np.array_equal(load(name, SHAPE).train.inputs, loaded.train.inputs)
    assert not any(path.suffix in (".gz", ".tgz") for path in data_dir().rglob("*"))


def test_the_names_of_the_flowers_are_those_published():
    assert names_of("Flowers102") == tuple(published.Flowers102.classes)


def test_a_link_in_the_place_of_a_picture_is_not_followed(server, monkeypatch):
    serve_dtd(server, monkeypatch)
    load("DTD", SHAPE)
    one = next((data_dir() / "dtd").rglob("banded_train.jpg"))
    one.rename(one.with_name("other.jpg"))
    one.symlink_to(one.with_name("other.jpg"))
    with pytest.raises(DataError, match="banded_train.jpg: not found in .* delete that folder"):
        load("DTD", SHAPE)


def test_a_picture_that_is_gone_is_told(server, monkeypatch):
    serve_dtd(server, monkeypatch)
    load("DTD", SHAPE)
    next((data_dir() / "dtd").rglob("banded_train.jpg")).unlink()
    with pytest.raises(DataError, match="Describable Textures is damaged on disk.*delete the folder"):
        load("DTD", SHAPE)


@pytest.mark.parametrize("name", [*LISTED, "EuroSAT", "EMNIST"])
def test_a_damaged_archive_is_thrown_away(server, monkeypatch, name):
    {"EuroSAT": serve_eurosat, "EMNIST": serve_emnist}.get(name, LISTED.get(name, (None,))[0])(server, monkeypatch)
    archive = max(server.folder.iterdir(), key=lambda path: path.stat().st_size)
    archive.write_bytes(archive.read_bytes()[:-10] + b"0123456789")
    with pytest.raises(DataError, match="checksum mismatch"):
        load(name, SHAPE)
    assert list(data_dir().iterdir()) == []


def serve_eurosat(server, monkeypatch):
    files = {
        f"2750/{name}/{name}_{number}.jpg": picture(10 * label)
        for label, name in enumerate(names_of("EuroSAT"))
        for number in range(10)
    }
    url, md5 = server.put("EuroSAT.zip", zip_of(files))
    monkeypatch.setattr(eurosat, "URL", url)
    monkeypatch.setattr(eurosat, "MD5", md5)


def test_eurosat_is_split_by_the_recipe(server, monkeypatch):
    serve_eurosat(server, monkeypatch)
    loaded = load("EuroSAT", SHAPE)
    assert loaded.class_names == names_of("EuroSAT")
    assert np.array_equal(loaded.train.targets["class"], np.repeat(np.arange(10), 10))
    assert np.abs(loaded.train.inputs[:][:, 0].mean((1, 2)) - 20 * loaded.train.targets["class"]).max() < 3
    dataset = prepare(DataRecipe(source=Component(type="EuroSAT")), input_shape=SHAPE, seed=0)
    assert len(dataset.test) == 20
    assert len(dataset.train) + len(dataset.val) == 80
    assert not list(data_dir().rglob("*.zip"))


def serve_emnist(server, monkeypatch):
    arrays = {}
    for split, count in (("train", 94), ("test", 47)):
        arrays[f"{split}-images-idx3"] = random_pictures(count, 28, 28)
        arrays[f"{split}-labels-idx1"] = (np.arange(count) % 47).astype(np.uint8)
    files = {f"gzip/emnist-balanced-{name}-ubyte.gz": idx(array) for name, array in arrays.items()}
    files["gzip/emnist-letters-train-images-idx3-ubyte.gz"] = gzip.compress(b"another selection")
    url, md5 = server.put("gzip.zip", zip_of(files))
    monkeypatch.setattr(published.EMNIST, "url", url)
    monkeypatch.setattr(published.EMNIST, "md5", md5)
    return arrays


def test_emnist_stands_upright_and_only_the_balanced_selection_is_kept(server, monkeypatch):
    arrays = serve_emnist(server, monkeypatch)
    loaded = load("EMNIST", (1, 28, 28))
    assert loaded.class_names == names_of("EMNIST")
    assert len(loaded.class_names) == 47
    for split, part in (("train", loaded.train), ("test", loaded.test)):
        assert np.array_equal(part.inputs[:, 0], arrays[f"{split}-images-idx3"].transpose(0, 2, 1))
        assert np.array_equal(part.targets["class"], arrays[f"{split}-labels-idx1"])
    assert len([path for path in data_dir().rglob("*") if path.is_file()]) == 4


def test_kmnist(server, monkeypatch):
    pictures = serve_mnist(server, monkeypatch, "KMNIST")
    loaded = load("KMNIST", (1, 28, 28))
    assert np.array_equal(loaded.train.inputs, pictures)
    assert loaded.class_names == tuple(published.KMNIST.classes)

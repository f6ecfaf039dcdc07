"""A folder with every oddity of users' folders: unusable files are listed clearly, and the rest can be trained on."""

import os

import numpy as np
import pytest
from PIL import Image

from tests.data.decoding.test_pictures import BROKEN, NOISE, png_claiming, saved
from tests.data.folders import fill, picture
from workbench import cli
from workbench.data.folder import load_folder
from workbench.data.progress import silent

COLOUR = (3, 16, 16)


def exif(orientation):
    found = Image.Exif()
    found[0x0112] = orientation
    return found


def put_odd_but_good(folder):
    """Add eight unusual pictures that can all be read."""
    sixteen = Image.fromarray(np.linspace(0, 65535, 32 * 24).reshape(24, 32).astype(np.uint16))
    sixteen.save(folder / "16 bit.png")
    NOISE.convert("CMYK").save(folder / "cmyk.jpg")
    NOISE.quantize(16).save(folder / "palette.png")
    NOISE.save(folder / "animated.gif", save_all=True, append_images=[Image.new("RGB", NOISE.size)])
    NOISE.save(folder / "turned.jpg", exif=exif(6))
    (folder / "a jpeg in truth.png").write_bytes(saved(NOISE, "JPEG"))
    NOISE.convert("RGBA").save(folder / "猫 кошка \N{CAT FACE}.webp")
    picture(90).save(os.path.join(os.fsencode(folder), b"caf\xe9.png").decode("utf-8", "surrogateescape"))


@pytest.fixture
def odd(tmp_path):
    """Three classes of pictures, with all kinds of broken files."""
    folder = fill(tmp_path / "odd", бёд=8, cat=12, 犬=12, empty=0, lonely=1)
    put_odd_but_good(folder / "cat")
    for number, (data, _reason) in enumerate(BROKEN.values()):
        (folder / "cat" / f"broken {number}.png").write_bytes(data)
    (folder / "犬" / "600 megapixels.png").write_bytes(png_claiming(30_000, 20_000))
    (folder / "犬" / "in a circle").symlink_to(folder)
    (folder / "犬" / "itself.png").symlink_to("itself.png")
    os.mkfifo(folder / "犬" / "pipe.jpg")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))


def test_the_list_is_clear_and_nothing_good_is_lost(odd):
    loaded = load_folder(odd, COLOUR, silent)
    reasons = {os.path.basename(broken.path): broken.reason for broken in loaded.broken}
    assert len(loaded.broken) == len(BROKEN) + 4 == len(reasons)
    assert reasons["broken 0.png"] == "it is empty"
    assert reasons["broken 1.png"] == "it is not a picture in a supported format: save it as JPEG or PNG"
    assert reasons["broken 2.png"].startswith("it is damaged")
    assert reasons["600 megapixels.png"] == "600 megapixels; at most 80 are read"
    assert reasons["in a circle"] == reasons["itself.png"] == "a symbolic link, which is not followed"
    assert reasons["pipe.jpg"] == "a pipe or a device, not a file"
    empty, tone = loaded.notes
    assert empty == "The class folder empty contains no pictures and was excluded."
    assert tone.startswith("Grey values of more than 8 bits become 0 to 255: 0 is black, and 65,535 white")
    assert loaded.class_names == ("cat", "lonely", "бёд", "犬")
    assert len(loaded.train) == 8 + 12 + 12 + 1 + 8


def test_the_rest_trains(odd, tmp_path, capsys):
    options = ["--dataset", str(odd), "--epochs", "1", "--device", "cpu", "--runs", str(tmp_path / "runs")]
    assert cli.main(["train", "lenet-digits", *options]) == 0
    said = capsys.readouterr()
    assert f"{len(BROKEN) + 4} pictures were excluded: " in said.err
    assert "contains no pictures" in said.err
    assert "There is only one picture of lonely, of the 4 classes: none is left to test." in said.err
    assert "1 epoch" in said.out

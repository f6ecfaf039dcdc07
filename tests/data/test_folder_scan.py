import gc
import os
import unicodedata
from pathlib import Path

import pytest

from tests.data.folders import fill, picture
from workbench.data import source_from_text
from workbench.data.folder_scan import pictures_among, scan
from workbench.data.source import DataError
from workbench.spec.files import read_experiment
from workbench.spec.mending import apply_remedy


def names(found):
    return sorted(file.path.name for file in found.files)


def reasons(found):
    return {broken.path.rsplit("/", 1)[-1]: broken.reason for broken in found.broken}


def test_folders_are_classes_and_files_lie_in_order(tmp_path):
    found = scan(fill(tmp_path, dog=3, cat=2))
    assert found.class_names == ("cat", "dog")
    assert [(file.label, file.path.name) for file in found.files] == [
        (0, "000.png"),
        (0, "001.png"),
        (1, "000.png"),
        (1, "001.png"),
        (1, "002.png"),
    ]
    assert not found.has_test and not found.broken and not found.notes


@pytest.mark.parametrize(
    ("train", "val", "test"),
    [
        ("train", "val", "test"),
        ("Training", "valid", "testing"),
        ("TRAIN", "Validation", "test"),
        ("train", "dev", "test"),
    ],
)
def test_splits_under_their_usual_names(tmp_path, train, val, test):
    for split, count in ((train, 4), (val, 2), (test, 3)):
        fill(tmp_path / split, cat=count, dog=count)
    found = scan(tmp_path)
    assert found.has_test
    assert [file.split for file in found.files] == ["train"] * 8 + ["val"] * 4 + ["test"] * 6


def test_pictures_at_any_depth_of_a_class(tmp_path):
    fill(tmp_path, cat=1, dog=1)
    fill(tmp_path / "cat" / "kittens", grey=2)
    assert [file.label for file in scan(tmp_path).files] == [0, 0, 0, 1]


def test_what_is_hidden_or_left_by_other_programs_is_no_class(tmp_path):
    fill(tmp_path, cat=1, dog=1, **{".ipynb_checkpoints": 1, "__MACOSX": 1, ".hidden": 1})
    (tmp_path / "cat" / "._000.png").write_bytes(b"resource fork")
    (tmp_path / "cat" / "Thumbs.db").write_bytes(b"")
    (tmp_path / "README.txt").write_text("pets")
    found = scan(tmp_path)
    assert found.class_names == ("cat", "dog") and len(found.files) == 2 and not found.broken


@pytest.mark.parametrize("suffix", ["png", "JPG", "jpeg", "jfif", "gif", "webp", "bmp", "tif", "TIFF"])
def test_suffixes_of_pictures(tmp_path, suffix):
    fill(tmp_path, cat=0, dog=1)
    (tmp_path / "cat" / f"a.{suffix}").write_bytes(b"x")
    assert names(scan(tmp_path)) == sorted(["000.png", f"a.{suffix}"])


@pytest.mark.timeout(20)
def test_links_are_not_followed_and_pipes_are_not_read(tmp_path):
    pets = fill(tmp_path / "pets", cat=2, dog=2)
    outside = fill(tmp_path / "outside", secret=3)
    (pets / "cat" / "loop").symlink_to(pets)
    (pets / "bird").symlink_to(outside / "secret")
    (pets / "dog" / "link.png").symlink_to(outside / "secret" / "000.png")
    os.mkfifo(pets / "dog" / "pipe.png")
    found = scan(pets)
    assert found.class_names == ("cat", "dog") and len(found.files) == 4
    assert reasons(found) == {
        "loop": "a symbolic link, which is not followed",
        "bird": "a symbolic link, which is not followed",
        "link.png": "a symbolic link, which is not followed",
        "pipe.png": "a pipe or a device, not a file",
    }


def test_names_of_many_scripts(tmp_path):
    classes = ("猫", "кошка", "γάτα", "بسة", "ねこ", "a b & c", "chat-noël")
    found = scan(fill(tmp_path, **dict.fromkeys(classes, 1)))
    assert found.class_names == tuple(sorted(classes))


def test_a_name_that_is_no_unicode(tmp_path):
    fill(tmp_path, cat=1)
    folder = os.path.join(os.fsencode(tmp_path), b"d\xf6g")  # a Path cannot hold bytes
    os.mkdir(folder)
    picture(90).save(os.fsdecode(os.path.join(folder, b"a.png")))
    found = scan(tmp_path)
    assert found.class_names == ("cat", "d\N{REPLACEMENT CHARACTER}g") and len(found.files) == 2


def test_composed_and_decomposed_names_are_one_class(tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    fill(tmp_path / "train", **{composed: 2, "bar": 2})
    fill(tmp_path / "test", **{decomposed: 1, "bar": 1})
    found = scan(tmp_path)
    assert found.class_names == ("bar", composed) and not found.notes
    assert sum(file.split == "test" for file in found.files) == 2


def test_an_empty_class_is_said_and_left_out(tmp_path):
    found = scan(fill(tmp_path, bird=0, cat=2, dog=2))
    assert found.class_names == ("cat", "dog")
    assert found.notes == ("The class folder bird contains no pictures and was excluded.",)


def test_what_only_the_test_split_has_is_said_and_left_out(tmp_path):
    fill(tmp_path / "train", cat=2, dog=2)
    fill(tmp_path / "test", cat=1, bird=1)
    fill(tmp_path / "extra", cat=1)
    found = scan(tmp_path)
    assert found.class_names == ("cat", "dog") and len(found.files) == 5
    assert found.notes == (
        "The folder extra is not train, val or test and was excluded.",
        "The class bird of test has no training pictures and was excluded.",
    )


def test_pictures_beside_the_class_folders_are_listed(tmp_path):
    fill(tmp_path, cat=1, dog=1)
    picture(9).save(tmp_path / "cover.png")
    assert reasons(scan(tmp_path)) == {"cover.png": "it is next to the class folders, not in one of them"}


def refused(folder):
    with pytest.raises(DataError) as caught:
        scan(folder)
    sentence = str(caught.value)
    assert sentence.startswith(str(folder)) and "\n" not in sentence
    return sentence


def meant(folder):
    """The folder that the error suggests instead, or None."""
    with pytest.raises(DataError) as caught:
        scan(folder)
    remedy = caught.value.remedy
    return None if remedy is None else Path(remedy.folder)


def test_one_level_too_low(tmp_path):
    fill(tmp_path, cat=3, dog=3)
    assert f"choose its parent folder, {tmp_path}" in refused(tmp_path / "cat")
    assert meant(tmp_path / "cat") == tmp_path
    fill(tmp_path / "alone", cat=3)
    assert meant(tmp_path / "alone" / "cat") is None, "there is but one class"


def test_levels_too_high(tmp_path):
    fill(tmp_path / "archive" / "pets", cat=3, dog=3)
    (tmp_path / "notes").mkdir()
    assert f"archive/pets contains cat, dog; choose {tmp_path / 'archive' / 'pets'}" in refused(tmp_path)
    assert meant(tmp_path) == meant(tmp_path / "archive") == tmp_path / "archive" / "pets"
    assert scan(meant(tmp_path)).class_names == ("cat", "dog")


def test_levels_too_high_above_splits(tmp_path):
    fill(tmp_path / "pets" / "train", cat=3, dog=3)
    fill(tmp_path / "pets" / "test", cat=3, dog=3)
    assert meant(tmp_path) == tmp_path / "pets"
    fill(tmp_path, screenshots=2)
    assert "pets contains test, train" in refused(tmp_path), "pets and screenshots are no classes"
    assert meant(tmp_path) == tmp_path / "pets"


def test_a_folder_in_a_folder_is_one_class(tmp_path):
    fill(tmp_path / "all", pictures=3)
    assert "pictures of only one class (all)" in refused(tmp_path) and meant(tmp_path) is None


def test_splits_under_unknown_names(tmp_path):
    fill(tmp_path / "part1", cat=3, dog=3)
    fill(tmp_path / "part2", cat=3, dog=3)
    assert "(part1, part2) contains the same folders (cat, dog)" in refused(tmp_path)


def test_nothing_to_learn(tmp_path):
    assert "it contains no pictures" in refused(tmp_path)
    fill(tmp_path, cat=3)
    assert "it contains pictures of only one class (cat)" in refused(tmp_path)
    assert "folder not found" in refused(tmp_path / "gone")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(tmp_path):
    fill(tmp_path, bird=1, cat=1, dog=1)
    (tmp_path / "bird").chmod(0)
    found = scan(tmp_path)
    assert found.class_names == ("cat", "dog") and reasons(found) == {"bird": "it cannot be opened: Permission denied"}


def test_pictures_of_a_camera_that_cannot_be_decoded_are_told_of(tmp_path):
    folder = fill(tmp_path / "pets", cat=2, dog=2)
    (folder / "cat" / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    (folder / "cat" / "notes.txt").write_text("of no matter")
    (broken,) = scan(folder).broken
    assert broken.path.endswith("IMG_1.HEIC") and "save it as JPEG or PNG" in broken.reason
    for file in folder.rglob("*.png"):
        file.rename(file.with_suffix(".heic"))
    assert "it contains no pictures" in refused(folder) and "5 files cannot be used, the first: " in refused(folder)


@pytest.mark.parametrize("name", ["labels.CSV", "arrays.npz", "annotations/labels.csv"])
@pytest.mark.parametrize("places", [["a.png"], ["images/a.png"], []])
def test_a_table_beside_pictures_without_classes_is_offered(tmp_path, name, places):
    """As most sets that are downloaded: a folder of pictures, and a table of what is on them."""
    for place in [*places, name]:
        (tmp_path / place).parent.mkdir(exist_ok=True)
        picture(9).save(tmp_path / place, format="PNG")
    with pytest.raises(DataError, match=f"it has no folders of classes, but the file {name}: choose that") as error:
        scan(tmp_path)
    experiment = apply_remedy(read_experiment("lenet"), error.value.remedy)
    assert experiment.data.source == source_from_text(str(tmp_path / name))


def test_a_table_beside_classes_is_told_of(tmp_path):
    fill(tmp_path, images=2, masks=2)
    (tmp_path / "labels.csv").write_text("path,kind")
    assert (
        "The table labels.csv was ignored: choose that file if it says what is on the pictures." in scan(tmp_path).notes
    )


def test_a_table_one_level_down_is_offered(tmp_path):
    """As in a data set downloaded from Hugging Face."""
    (tmp_path / "pets" / "data").mkdir(parents=True)
    table = tmp_path / "pets" / "data" / "train-00000-of-00001.parquet"
    table.write_bytes(b"PAR1")
    with pytest.raises(DataError, match="but the file data/train-00000-of-00001.parquet: choose that") as error:
        scan(tmp_path / "pets")
    assert error.value.remedy.file == str(table.resolve())


@pytest.mark.parametrize(
    "names", ["test/metadata.csv train/metadata.csv", "data/test.csv data/train.csv", "test.csv unsplit.csv"]
)
def test_of_several_tables_that_of_the_training_split_is_offered(tmp_path, names):
    """As in a folder of pictures downloaded from Hugging Face."""
    *others, meant = (tmp_path / name for name in names.split())
    for table in [*others, meant]:
        table.parent.mkdir(exist_ok=True)
        table.write_text("file_name,kind")
        picture(9).save(table.parent / "0001.png")
    with pytest.raises(DataError) as error:
        scan(tmp_path)
    assert error.value.remedy.file == str(meant.resolve())


def test_garbage_collection_need_not_look_at_the_files(tmp_path):
    """Of a million files, it would stop the window for a second and more."""
    files = scan(fill(tmp_path, cat=2, dog=1)).files
    assert [gc.is_tracked(file) for file in files] == [False] * 3


def test_the_pictures_among_files_and_folders_are_found_at_any_depth_and_the_rest_is_named(tmp_path):
    pictures = fill(tmp_path / "pets", cat=2, dog=1)
    (pictures / "cat" / "again").symlink_to(pictures)
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    single, missing = pictures / "dog" / "000.png", tmp_path / "missing.png"
    found = list(pictures_among([single, missing, pictures, tmp_path / "pipe", tmp_path / "empty"]))
    files = [file for some, _ in found for file in some]
    assert files == [single, missing, pictures / "cat" / "000.png", pictures / "cat" / "001.png", single]
    assert {file.path: file.reason for _, unusable in found for file in unusable} == {
        str(pictures / "cat" / "again"): "a symbolic link, which is not followed",
        str(tmp_path / "pipe"): "a pipe or a device, not a file",
        str(tmp_path / "empty"): "it contains no pictures",
    }

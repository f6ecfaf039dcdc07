import subprocess
import sys

import pytest

from tests.data.folders import fill
from workbench.data import AUGMENTATIONS, SOURCES, facts, source_from_text
from workbench.places import cache_dir, data_dir
from workbench.spec.catalogue import make
from workbench.spec.component import Component
from workbench.spec.forms import parameters_of, starting_parameters
from workbench.spec.problems import SpecError


def test_forms_and_facts_stand_before_torch_is_loaded(tmp_path):
    fill(tmp_path, cat=2, dog=2)
    program = f"""
import sys
from workbench.data import AUGMENTATIONS, SOURCES, facts, source_from_text
from workbench.spec.component import Component
assert AUGMENTATIONS.table
facts(source_from_text({str(tmp_path)!r}))
for name, source in SOURCES.table.items():
    source.is_own or facts(Component(type=name))
heavy = {{"torch", "torchvision", "scipy", "sklearn", "skimage", "PySide6"}} & set(sys.modules)
sys.exit(", ".join(heavy) or 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", list(SOURCES.table))
def test_every_source_has_a_form_a_help_line_and_an_id_of_its_own(name):
    cls = SOURCES[name]
    assert make(cls, starting_parameters(cls))
    assert all(parameter.help for parameter in parameters_of(cls))
    assert cls.help().endswith(".") and cls.title()
    assert [other.id for other in SOURCES.table.values()].count(cls.id) == 1


@pytest.mark.parametrize("name", [name for name, cls in SOURCES.table.items() if not cls.is_own])
def test_facts_say_what_the_window_needs(name):
    known = facts(Component(type=name))
    assert known.columns and known.num_train and (known.num_test or known.test_share) and known.licence
    assert all(len(set(column.names)) == len(column.names) for column in known.columns)
    assert (known.num_features is not None) == (name in {"XOR", "TwoMoons", "Spirals", "Circles", "Wines"})
    assert (known.series_shape is not None) == (name == "CylinderBellFunnel")


def test_facts_of_the_great_sets():
    assert len(facts(Component(type="CIFAR100")).class_names) == 100
    assert facts(Component(type="CIFAR10")).picture_shape == (3, 32, 32)


def test_facts_of_a_folder(tmp_path):
    fill(tmp_path / "pets", cat=10, dog=20)
    known = facts(source_from_text(str(tmp_path / "pets")))
    assert (known.title, known.class_names) == ("pets", ("cat", "dog"))
    assert (known.num_train, known.num_test, known.test_share) == (30, 0, 0.2)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("fashion-mnist-small", "FashionMnistSmall"),
        ("FashionMnistSmall", "FashionMnistSmall"),
        ("cifar10", "CIFAR10"),
        (" CIFAR10 ", "CIFAR10"),
        ("xor", "XOR"),
        ("two-moons", "TwoMoons"),
    ],
)
def test_a_source_by_its_id_or_class(text, name):
    assert source_from_text(text) == Component(type=name)


def test_a_source_by_its_folder(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    expected = Component(type="ImageFolder", parameters={"folder": str(tmp_path / "mine")})
    assert (
        source_from_text("mine") == source_from_text("./mine") == source_from_text(str(tmp_path / "mine")) == expected
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("cifar", "cifar10"),
        ("fashon-mnist", "fashion-mnist"),
        ("/no/such/folder", "no file or folder called /no"),
        ("", "called nothing"),
    ],
)
def test_an_unknown_source_gets_near_names(text, hint):
    with pytest.raises(SpecError, match=hint):
        source_from_text(text)


def test_augmentations_in_the_catalogue():
    assert {"Shift", "Mirror"} <= set(AUGMENTATIONS.table)


def test_places_move_together(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    assert (cache_dir(), data_dir()) == (tmp_path / "cache", tmp_path / "data")
    monkeypatch.delenv("WORKBENCH_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    assert cache_dir() != data_dir()
    if sys.platform == "linux":
        assert (cache_dir(), data_dir()) == (tmp_path / "c" / "workbench", tmp_path / "d" / "workbench" / "data")

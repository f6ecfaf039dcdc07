"""Catalogues: a class in a file is registered, and duplicate names raise."""

import subprocess
import sys

import pytest

from workbench.spec.catalogue import Catalogue, Declared
from workbench.spec.problems import SpecError

PLUGIN = """
from workbench.spec.catalogue import Declared

class {name}(Declared):
    '''Does one thing,
    and another.

    And more.
    '''
    size: int = 3
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "plugins_under_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text(PLUGIN.format(name="One"))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.startswith("plugins_under_test")]:
        del sys.modules[name]


def test_a_new_class_in_a_new_file_is_there_without_another_edit(package):
    (package / "two.py").write_text(PLUGIN.format(name="Two"))
    catalogue = Catalogue("thing", "plugins_under_test", Declared)
    assert list(catalogue.table) == ["One", "Two"]
    assert catalogue["Two"].help() == "Does one thing, and another.", "the whole first paragraph"
    assert catalogue.make("Two", {"size": 5}).size == 5


def test_two_of_one_name_raise(package):
    (package / "two.py").write_text(PLUGIN.format(name="One"))
    with pytest.raises(
        AssertionError, match="two things are called One: plugins_under_test.one and plugins_under_test"
    ):
        _ = Catalogue("thing", "plugins_under_test", Declared).table


def test_an_unknown_name_says_what_is_known(package):
    with pytest.raises(SpecError, match="there is no thing called Three; there is One"):
        Catalogue("thing", "plugins_under_test", Declared).make("Three", {})


def test_a_wrong_setting_is_named(package):
    catalogue = Catalogue("thing", "plugins_under_test", Declared)
    with pytest.raises(SpecError, match="One: size: expected a whole number, got text"):
        catalogue.make("One", {"size": "big"})
    with pytest.raises(SpecError, match="One: there is no setting called colour; there is size"):
        catalogue.make("One", {"colour": 1})


AT_ONCE = """
import sys, threading
from typing import Annotated, Literal
from msgspec import Meta
from workbench.spec.catalogue import Declared, make

sys.setswitchinterval(1e-6)
for number in range(60):
    kinds = (Annotated[float, Meta(gt=0)], Literal["a", "b", str(number)], tuple[int, ...])
    fields = {f"f{place}": kinds[place % 3] for place in range(12)}
    kind = type(Declared)(f"L{number}", (Declared,), {"__annotations__": fields, "__module__": __name__})
    values = {name: (1.0, "a", [1])[place % 3] for place, name in enumerate(fields)}
    barrier = threading.Barrier(4)

    def first_use():
        barrier.wait()
        make(kind, values)

    threads = [threading.Thread(target=first_use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_several_threads_may_be_the_first_to_make_a_thing():
    """In a separate process, since a failure here crashes it."""
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")

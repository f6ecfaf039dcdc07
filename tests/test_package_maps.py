"""The top of a large package is a map of it: it names each of its files, by subject."""

import ast
import re
from pathlib import Path

import pytest

import workbench

MAPPED = [
    *("compiler", "data", "runs", "session", "spec", "training"),
    *("gui", "gui/canvas", "gui/dialogs", "gui/experiment", "gui/forms", "gui/running", "gui/runtime", "gui/widgets"),
    "gui/window",
    *("data/decoding", "data/downloads", "data/tables", "data/varying"),
    *("session/editing", "session/exchange", "session/running", "session/views"),
    *("training/advice", "training/changing", "training/checking", "training/distributed", "training/results"),
    "training/trouble",
]


@pytest.mark.parametrize("package", MAPPED)
def test_the_top_of_a_package_names_each_of_its_files_and_nothing_that_is_gone(package: str) -> None:
    folder = Path(workbench.__file__).parent / package
    top = ast.parse((folder / "__init__.py").read_text())
    words = ast.get_docstring(top)
    files = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert not [name for name in sorted(files) if not re.search(rf"\b{name}\b", words)], "say what these are for"
    folders = {file.name for file in folder.iterdir() if file.is_dir()}
    functions = {each.name for each in top.body if isinstance(each, ast.FunctionDef)}
    named = set(re.findall(r"``([a-z_]+)/?``", words))
    assert not named - files - folders - functions, "these are gone"

"""The sources of modules that torch lacks, included in the exported file, with their imports."""

import ast
import importlib
import inspect
import sys
from functools import cache
from types import ModuleType

from torch import nn

ALWAYS = {"nn": "from torch import nn", "Tensor": "from torch import Tensor"}
COMMON = {
    **ALWAYS,
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "optim": "from torch import optim",
    "np": "import numpy as np",
    "Path": "from pathlib import Path",
    "Iterator": "from collections.abc import Iterator",
    "Iterable": "from collections.abc import Iterable",
    "Sequence": "from collections.abc import Sequence",
    "Callable": "from collections.abc import Callable",
    "Any": "from typing import Any",
    "islice": "from itertools import islice",
    "load_file": "from safetensors.torch import load_file",
    "AveragedModel": "from torch.optim.swa_utils import AveragedModel",
    "argparse": "import argparse",
    "math": "import math",
    "operator": "import operator",
    "reduce": "from functools import reduce",
}

OURS = "attention"
"""The method of a module that only this program calls."""


class Sources:
    """Collects classes and functions, ordered by dependency."""

    def __init__(self) -> None:
        self._text: dict[str, str] = {}
        self._imports: dict[str, str] = {}

    def add(self, kind: type[nn.Module]) -> None:
        """Include the class's source, and everything in its module that it refers to."""
        module = sys.modules[kind.__module__]
        self._add(kind.__name__, _definitions(module)[kind.__name__], module)

    def add_text(self, name: str, text: str) -> None:
        """Include this class."""
        self._text.setdefault(name, text)

    def add_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Include the imports of this statement, if they are used; for our own modules, the imported definitions, or
        what they import in turn.
        """
        if own := _own_module(node):
            for alias in node.names:
                if alias.name in (here := _definitions(own)):
                    self._add(alias.name, here[alias.name], own)
                else:
                    self.add_import(_imported(own)[alias.name])
        else:
            self._imports |= _lines(node)

    def add_names(self, text: str, module: ModuleType) -> None:
        """Include everything in this module that ``text`` refers to."""
        here, imported = _definitions(module), _imported(module)
        for name in sorted(_names(text)):
            if name in here:
                self._add(name, here[name], module)
            elif name in imported:
                self.add_import(imported[name])

    def classes(self) -> list[str]:
        """Return the sources, each followed by two empty lines."""
        return [f"{text}\n\n" for text in self._text.values()]

    def imports(self, text: str) -> str:
        """Return the import lines for these classes and for ``text``, which uses the usual abbreviations."""
        used = _names("\n".join([text, *self._text.values()]))
        known = COMMON | self._imports
        lines = {line for name, line in known.items() if name in used}
        return "\n".join(sorted(lines))

    def _add(self, name: str, text: str, module: ModuleType) -> None:
        if name in self._text:
            assert self._text[name] in ("", self._trimmed(text)), f"{name} would be two things"
            return
        text = self._trimmed(text)
        # its place is after its dependencies; the marker stops the recursion of two that refer to each other
        self._text[name] = ""
        self.add_names(text, module)
        del self._text[name]
        self._text[name] = text

    def _trimmed(self, text: str) -> str:
        """A function whose own imports stand at the top of the file instead, a class without ``OURS``."""
        (tree,) = ast.parse(text).body
        lines = text.splitlines()
        for statement in reversed(getattr(tree, "body", [])):
            is_import = isinstance(statement, ast.Import | ast.ImportFrom)
            if is_import:
                self.add_import(statement)
            if is_import or getattr(statement, "name", "") == OURS:
                last = statement.end_lineno or statement.lineno
                del lines[statement.lineno - 1 : last + (lines[last : last + 1] == [""])]
        return "\n".join(lines).rstrip()


def _names(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


@cache
def _definitions(module: ModuleType) -> dict[str, str]:
    """Return the sources of the module's definitions by name: classes, functions, constants."""
    source = inspect.getsource(module)
    found: dict[str, str] = {}
    for node in ast.parse(source).body:
        names = (
            [node.name]
            if isinstance(node, ast.ClassDef | ast.FunctionDef)
            else [target.id for target in node.targets if isinstance(target, ast.Name)]
            if isinstance(node, ast.Assign)
            else [node.target.id]
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
            else []
        )
        text = ast.get_source_segment(source, node) or ""
        decorators = [f"@{ast.unparse(each)}" for each in getattr(node, "decorator_list", ())]
        found.update(dict.fromkeys(names, "\n".join([*decorators, text])))
    return found


@cache
def _imported(module: ModuleType) -> dict[str, ast.Import | ast.ImportFrom]:
    """Return the import of each name that the module imports, by the bound name."""
    found: dict[str, ast.Import | ast.ImportFrom] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.Import):
            found |= {_bound(alias): ast.Import([alias]) for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {_bound(alias): ast.ImportFrom(node.module, [alias], 0) for alias in node.names}
    return found


def _own_module(node: ast.Import | ast.ImportFrom) -> ModuleType | None:
    """Return the module of this program that it imports from; exported code must not import it."""
    name = node.module if isinstance(node, ast.ImportFrom) else None
    return importlib.import_module(name) if name and name.split(".")[0] == __name__.split(".")[0] else None


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _lines(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Return the import line by the name that it binds."""
    found = {}
    for alias in node.names:
        words = alias.name + (f" as {alias.asname}" if alias.asname else "")
        line = f"import {words}" if isinstance(node, ast.Import) else f"from {node.module} import {words}"
        found[_bound(alias)] = line
    return found

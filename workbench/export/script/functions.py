"""Turns a method of a declared record into a plain function with its settings filled in, such as a schedule's.

``Cosine(final=0.1).shape`` becomes ``def factor(step, ...): return 0.1 + 0.9 * ...``: the source that runs here, with
``self.final`` replaced, so that the exported code cannot differ from what was trained with.
"""

import ast
import copy
import inspect
import operator
import re
import sys
import textwrap
from collections.abc import Mapping
from types import MappingProxyType

from workbench.export.code.sources import Sources
from workbench.export.code.words import docstring
from workbench.spec.catalogue import Declared

Edit = tuple[int, int, str]
"""Start and end of a range of characters, and its replacement."""

OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def function_of(
    thing: Declared,
    method: str,
    name: str,
    sources: Sources,
    *,
    takes: str = "",
    words: str = "",
    instead: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the method's source as a function called ``name``; what it refers to is added to ``sources``.

    ``takes`` says its arguments in words of torch alone, where the method's own annotations do not. ``words`` stand
    before the method's docstring, and some of its text may have other text ``instead``.
    """
    text = textwrap.dedent(inspect.getsource(getattr(type(thing), method)))
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    edits: list[Edit] = [(text.index(method), text.index(method) + len(method), name)]
    edits += [(*_arguments(text, tree), takes)] if takes else _without_self(text, tree)
    edits += _first_sentence(text, tree, words)
    for statement in tree.body[1:]:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            sources.add_import(statement)
            edits.append(_lines_of(text, statement))
        else:
            edits += _settled(text, statement, thing)
    written = re.sub(r'"""\n\n+', '"""\n', _edited(text, edits), count=1)
    for own, other in instead.items():
        written = written.replace(own, other)
    sources.add_names(written, sys.modules[type(thing).__module__])
    return written


def _settled(text: str, statement: ast.stmt, thing: Declared) -> list[Edit]:
    """Fill the settings into a statement. A check that only raises is dropped, since these settings have passed it."""
    if not isinstance(statement, ast.If | ast.While | ast.For):
        return _written_in(text, statement, thing)
    if isinstance(statement.body[0], ast.Raise):
        return [_lines_of(text, statement)]
    head = statement.iter if isinstance(statement, ast.For) else statement.test
    inner = (edit for each in (*statement.body, *statement.orelse) for edit in _settled(text, each, thing))
    return [*_written_in(text, head, thing), *inner]


def _written_in(text: str, node: ast.stmt | ast.expr, thing: Declared) -> list[Edit]:
    settled = _Settler(thing).visit(copy.deepcopy(node))
    return [] if ast.dump(settled) == ast.dump(node) else [(*_span(text, node), ast.unparse(settled))]


class _Settler(ast.NodeTransformer):
    """Replaces settings by their values, and evaluates constant expressions."""

    def __init__(self, thing: Declared) -> None:
        self.thing = thing

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # named by ast
        if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            return self.generic_visit(node)
        value = getattr(self.thing, node.attr)
        return ast.Name(node.attr) if callable(value) else ast.Constant(value)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:  # named by ast
        self.generic_visit(node)
        left, right, operation = node.left, node.right, OPERATIONS.get(type(node.op))
        if operation and isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
            return ast.Constant(operation(left.value, right.value))
        if isinstance(left, ast.Constant) and (type(node.op), left.value) in ((ast.Add, 0), (ast.Mult, 1)):
            return right
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        match node.test:
            case ast.Compare(left=ast.Constant(value=left), ops=[ast.Eq()], comparators=[ast.Constant(value=right)]):
                return node.body if left == right else node.orelse
        return node


def _without_self(text: str, tree: ast.FunctionDef) -> list[Edit]:
    begin, end = _span(text, tree.args.args[0])
    return [(begin, end + (2 if text[end : end + 2] == ", " else 0), "")]


def _arguments(text: str, tree: ast.FunctionDef) -> tuple[int, int]:
    """Return the range of all arguments."""
    return _span(text, tree.args.args[0])[0], _span(text, tree.args.args[-1])[1]


def _first_sentence(text: str, tree: ast.FunctionDef, before: str) -> list[Edit]:
    """Keep only the docstring's first sentence: the rest may mention settings, which are filled in."""
    words = ast.get_docstring(tree)
    assert words is not None
    first = words.split(". ")[0].split("\n")[0].rstrip(".")
    said = docstring(f"{before} {first}.".strip(), "    ").strip()
    return [(*_span(text, tree.body[0]), said)]


def _span(text: str, node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
    """Return the node's range, in characters."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    starts = _line_starts(text)
    lines = text.splitlines(keepends=True)

    def place(line: int, column_bytes: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column_bytes].decode())

    return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)


def _lines_of(text: str, node: ast.stmt) -> Edit:
    """Remove all lines of a statement."""
    assert node.end_lineno is not None
    starts = [*_line_starts(text), len(text)]
    return (starts[node.lineno - 1], starts[node.end_lineno], "")


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts[:-1]


def _edited(text: str, edits: list[Edit]) -> str:
    """Apply edits from the end, so that positions stay valid; edits within a removed range are dropped."""
    removed = [(begin, end) for begin, end, words in edits if not words]
    for begin, end, words in sorted(edits, reverse=True):
        if not any(first <= begin and end <= last and (first, last) != (begin, end) for first, last in removed):
            text = text[:begin] + words + text[end:]
    return text

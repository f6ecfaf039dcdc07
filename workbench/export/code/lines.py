"""Which lines of a module, once it is formatted, are for which node: statements keep their order, whatever their
lines.
"""

import ast
from collections.abc import Iterator, Sequence

from workbench.export.code.render import ClassNodes, Code
from workbench.spec.record import Record


class Span(Record):
    """Lines ``first`` to ``last``, from 1, of a node; ``block`` is its graph's name, "" for the network."""

    block: str
    way: tuple[str, ...]
    """The names of the nodes on the path to the block's first use."""
    node: str
    first: int
    last: int


def spans_of(text: str, code: Code) -> tuple[Span, ...]:
    """Return the lines of each node in ``text``, which is ``code`` formatted."""
    classes = {each.name: each for each in code.classes}
    tree = ast.parse(text)
    found = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in classes]
    return tuple(span for node in found for span in _of_class(node, classes[node.name]))


def _of_class(tree: ast.ClassDef, known: ClassNodes) -> Iterator[Span]:
    methods = {node.name: node.body for node in tree.body if isinstance(node, ast.FunctionDef)}
    called, *made = methods["__init__"]
    assert isinstance(called, ast.Expr) and isinstance(called.value, ast.Call)
    yield from _zipped(called.value.args or made, known.made, known)
    yield from _zipped(methods.get("forward", []), known.computed, known)


def _zipped(parts: Sequence[ast.expr | ast.stmt], nodes: Sequence[str], known: ClassNodes) -> Iterator[Span]:
    for part, node in zip(parts, nodes, strict=True):
        assert part.end_lineno is not None
        yield Span(block=known.block, way=known.way, node=node, first=part.lineno, last=part.end_lineno)

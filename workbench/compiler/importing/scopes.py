"""Layers with paths as nested scopes, each of which can become a block: scopes do not depend on
each other cyclically.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from workbench.compiler.importing.layering import Layered, Leaf, users_of
from workbench.compiler.importing.operations import ModulePath
from workbench.spec.graph import INPUT

JOIN = "Concat"


@dataclass(eq=False)
class Scope:
    """Leaves and scopes under one name. ``inputs`` are the outside leaves that feed it, ``outputs``
    those used outside.
    """

    name: str
    path: ModulePath
    children: list[Leaf | Scope] = field(default_factory=list)
    inputs: list[Leaf] = field(default_factory=list)
    outputs: list[Leaf] = field(default_factory=list)

    def leaves(self) -> Iterator[Leaf]:
        """Yield all layers inside, at any depth."""
        for child in self.children:
            if isinstance(child, Scope):
                yield from child.leaves()
            else:
                yield child

    @property
    def height(self) -> int:
        """The depth of nested scopes below this one."""
        return max((child.height + 1 for child in self.children if isinstance(child, Scope)), default=0)


def scopes(layered: Layered) -> Scope:
    """Return the network as one scope; paths are updated where a scope had to be dissolved."""
    _join_where_made(layered.leaves)
    root = _nest("", (), [leaf for leaf in layered.leaves if leaf.type != INPUT], 0)
    _untangle(root)
    _set_paths(root, ())
    _find_ports(root, users_of(layered.leaves), set(layered.outputs.values()))
    return root


def _nest(name: str, path: ModulePath, leaves: Sequence[Leaf], depth: int) -> Scope:
    scope = Scope(name, path)
    groups: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        groups.setdefault(leaf.path[depth], []).append(leaf)
    for part, members in groups.items():
        if len(members[0].path) == depth + 1:
            scope.children += members
        else:
            scope.children.append(_nest(part, (*path, part), members, depth + 1))
    return scope


def _join_where_made(leaves: Sequence[Leaf]) -> None:
    """Move a concatenation at the start of a module to the end of the previous one, if that has all of its inputs.

    Thus each layer of a DenseNet has one input and one output, and all of them are alike.
    """
    users = users_of(leaves)
    for leaf in leaves:
        if leaf.type != JOIN:
            continue
        *others, newest = leaf.inputs
        home, new = leaf.path[:-1], newest.path[:-1]
        if (
            not new
            or new == home
            or any(source.path[: len(home)] == home and len(home) > len(new) for source in leaf.inputs)
        ):
            continue
        seen = {source for other in leaves if other.path[: len(new)] == new for source in other.inputs}
        if users[newest] == [leaf] and set(others) <= seen and len(new) >= len(home):
            leaf.path = _free((*new, "concat"), leaves)


def _free(path: ModulePath, leaves: Sequence[Leaf]) -> ModulePath:
    taken = {leaf.path for leaf in leaves}
    number, free = 1, path
    while free in taken:
        number += 1
        free = (*path[:-1], f"{path[-1]}{number}")
    return free


def _untangle(scope: Scope) -> None:
    """Dissolve scopes that something outside depends on and feeds, until the rest can be ordered."""
    while (tangled := _tangled(scope)) is not None:
        place = scope.children.index(tangled)
        for child in tangled.children:
            _rename(child, f"{tangled.name}_{_name(child)}", len(scope.path))
        scope.children[place : place + 1] = tangled.children
    for child in scope.children:
        if isinstance(child, Scope):
            _untangle(child)


def _tangled(scope: Scope) -> Scope | None:
    owner: dict[Leaf, Leaf | Scope] = {}
    for child in scope.children:
        owner.update(dict.fromkeys(child.leaves() if isinstance(child, Scope) else (child,), child))
    sorter: TopologicalSorter[int] = TopologicalSorter()
    by_number = {id(child): child for child in scope.children}
    for leaf, child in owner.items():
        sources = {id(owner[source]) for source in leaf.inputs if source in owner} - {id(child)}
        sorter.add(id(child), *sources)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = [by_number[number] for number in error.args[1]]
        return next(child for child in circle if isinstance(child, Scope))
    return None


def _name(child: Leaf | Scope) -> str:
    return child.name if isinstance(child, Scope) else child.path[-1]


def _rename(child: Leaf | Scope, name: str, depth: int) -> None:
    if isinstance(child, Scope):
        child.name = name
        child.path = (*child.path[:depth], name)
    else:
        child.path = (*child.path[:depth], name)


def _set_paths(scope: Scope, path: ModulePath) -> None:
    scope.path = path
    for child in scope.children:
        if isinstance(child, Scope):
            _set_paths(child, (*path, child.name))
        else:
            child.path = (*path, child.path[-1])


def _find_ports(scope: Scope, users: dict[Leaf, list[Leaf]], answers: set[Leaf]) -> None:
    inside = list(scope.leaves())
    within = set(inside)
    scope.inputs = list(dict.fromkeys(source for leaf in inside for source in leaf.inputs if source not in within))
    scope.outputs = [leaf for leaf in inside if leaf in answers or not within.issuperset(users[leaf])]
    for child in scope.children:
        if isinstance(child, Scope):
            _find_ports(child, users, answers)

"""A Formula as a class of its own, whose ``forward`` is the formula in torch's words."""

import ast
import hashlib

import torch
from torch.nn import functional

from workbench.layers.modules.formula import DTYPES, FUNCTIONS, INPUT_NAME, MAKERS, Formula

NUM_DIGITS = 4
"""Of a hash, so that two formulas of one name are two classes, and a formula's class is always called the same."""


def class_of(module: Formula) -> tuple[str, str]:
    """The name of the class for this formula and these weights, and its source."""
    tree = ast.parse(module.formula.strip())
    inputs = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and INPUT_NAME.match(node.id)})
    inputs.sort(key=lambda name: int(name[1:] or 0))
    takes = ", ".join(f"{name}: Tensor" for name in inputs)
    kept = {name: getattr(module, name) for name in module.names}
    learned = {name for name, _ in module.named_parameters()}
    made = [f"self.{name} = nn.Parameter(torch.empty({tuple(kept[name].shape)}))" for name in kept if name in learned]
    made += [
        f'self.register_buffer("{name}", torch.zeros({tuple(tensor.shape)}, dtype={tensor.dtype}))'
        for name, tensor in kept.items()
        if name not in learned
    ]
    made += [f"nn.init.normal_(self.{name}, std=0.02)" for name in kept if name in learned]
    name = _name(tree, "".join([module.formula, *made]))
    written = _Writer(set(kept), inputs[0])
    steps = [ast.unparse(written.visit(statement)) for statement in tree.body]
    if written.uses_batch:
        steps.insert(0, f"batch = {inputs[0]}.shape[0]")
    steps[-1] = f"return {steps[-1]}"
    lines = [f"class {name}(nn.Module):", f'    """{_shortened(module.formula)}"""', ""]
    if made:
        lines += [
            "    def __init__(self) -> None:",
            "        super().__init__()",
            *(f"        {line}" for line in made),
            "",
        ]
    lines += [f"    def forward(self, {takes}) -> Tensor:", *(f"        {step}" for step in steps)]
    return name, "\n".join(lines)


def _shortened(formula: str) -> str:
    plain = formula.replace("\\", "\\\\").replace('"', "'")
    return plain if len(plain) <= 80 else f"{plain[:79]}…"


def _name(tree: ast.Module, text: str) -> str:
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    words = "".join(word.title() for call in dict.fromkeys(calls[:1]) for word in call.split("_"))
    return f"{words or 'Formula'}{hashlib.sha256(text.encode()).hexdigest()[:NUM_DIGITS].upper()}"


class _Writer(ast.NodeTransformer):
    """Puts where they come from before functions, dtypes and weights."""

    def __init__(self, weights: set[str], first_input: str) -> None:
        self.weights = weights
        self.first_input = first_input
        self.uses_batch = False

    def visit_Call(self, node: ast.Call) -> ast.AST:  # as ast calls it
        """``relu(x)`` -> ``F.relu(x)``."""
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        made = ast.Call(
            func=ast.Name(f"{_place(name)}.{name}", ast.Load()),
            args=[self.visit(argument) for argument in node.args],
            keywords=[ast.keyword(keyword.arg, self.visit(keyword.value)) for keyword in node.keywords],
        )
        if name in MAKERS:
            made.keywords.append(ast.keyword("device", ast.Name(f"{self.first_input}.device", ast.Load())))
        return made

    def visit_Name(self, node: ast.Name) -> ast.AST:  # as ast calls it
        """A weight of the module, a dtype, or what it is."""
        self.uses_batch |= node.id == "batch"
        if node.id in self.weights or node.id == "training":
            return ast.Name(f"self.{node.id}", ast.Load())
        return ast.Name(f"torch.{node.id}", ast.Load()) if node.id in DTYPES else node


def _place(name: str) -> str:
    places = {"F": functional, "torch": torch, "Tensor": torch.Tensor}
    return next(place for place, holder in places.items() if getattr(holder, name, None) is FUNCTIONS[name])

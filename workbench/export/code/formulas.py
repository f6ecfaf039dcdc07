"""A Formula as its own class, whose ``forward`` is the formula in torch functions."""

import ast
import hashlib
from typing import TypeGuard

from workbench.layers.modules.formula import DTYPES, INPUT_NAME, Formula
from workbench.layers.modules.reference import by_reference
from workbench.layers.modules.vocabulary import MAKERS, ONNX_OPERATOR, path_of

NUM_DIGITS = 4
"""The digits of a hash that distinguish formulas of the same name; a formula's class always has the same name."""


def class_of(module: Formula) -> tuple[str, str]:
    """Return the name and source of the class for this formula and these weights."""
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
    by_itself = next((node.args[0] for node in ast.walk(tree) if _is_onnx(node)), None)
    words = "".join(word.title() for word in calls[0].split("_")) if calls else ""
    if isinstance(by_itself, ast.Constant):
        words = str(by_itself.value)
    return f"{words or 'Formula'}{hashlib.sha256(text.encode()).hexdigest()[:NUM_DIGITS].upper()}"


def _is_onnx(node: ast.AST) -> TypeGuard[ast.Call]:
    """Return whether this calls an ONNX operator by name."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == ONNX_OPERATOR


class _Writer(ast.NodeTransformer):
    """Adds module prefixes to functions, dtypes and weights."""

    def __init__(self, weights: set[str], first_input: str) -> None:
        self.weights = weights
        self.first_input = first_input
        self.uses_batch = False

    def visit_Call(self, node: ast.Call) -> ast.AST:  # named by ast
        """``relu(x)`` -> ``F.relu(x)``."""
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        made = ast.Call(
            func=ast.Name(by_reference.__name__ if name == ONNX_OPERATOR else str(path_of(name)), ast.Load()),
            args=[self.visit(argument) for argument in node.args],
            keywords=[ast.keyword(keyword.arg, self.visit(keyword.value)) for keyword in node.keywords],
        )
        if name in MAKERS:
            made.keywords.append(ast.keyword("device", ast.Name(f"{self.first_input}.device", ast.Load())))
        return made

    def visit_Name(self, node: ast.Name) -> ast.AST:  # named by ast
        """Prefix a weight of the module or a dtype; other names are unchanged."""
        self.uses_batch |= node.id == "batch"
        if node.id in self.weights or node.id == "training":
            return ast.Name(f"self.{node.id}", ast.Load())
        return ast.Name(f"torch.{node.id}", ast.Load()) if node.id in DTYPES else node

"""A formula computes, but cannot run other code."""

import pytest
import torch

from workbench.layers import LAYERS
from workbench.layers.base import Refusal
from workbench.layers.modules.formula import MAX_DEPTH, Formula, FormulaError, read

HOSTILE = [
    "__import__('os').system('true')",
    "x.__class__.__bases__",
    "x.data_ptr()",
    "open('/etc/passwd')",
    "load('weights.pt')",
    "from_file('/etc/passwd', True, 10)",
    "eval('1')",
    "(lambda: x)()",
    "[x for _ in [1]]",
    "x if x else x",
    "f'{x}'",
    "save(x, 'file')",
    "mean(x, out=x)",
    "mean(*x)",
    "mean(**x)",
    "import os; x",
    "x = 3; x",
    "batch = 3; x * batch",
    "a.b = x; a",
    "relu = 1; y",
    "a = x",
    "",
    "1 + 1",
    "x1 + x1",
    "x0 + x2",
    "x" + "[0" * 99,
    "-" * (MAX_DEPTH + 1) + "x",
    "(" * 500 + "x" + ")" * 500,
    "x + " * 50_000 + "x",
    "x * 99999999999999999999999999999999999",
    "x\x00",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        read(text)
    with pytest.raises(Refusal):
        LAYERS.make("Formula", {"formula": text}).check((3, 4, 4))


GROWING = [
    "x * ((((((2 ** 62) ** 62) ** 62) ** 62) ** 62) ** 62)",
    "a0 = 9 * 9; " + "; ".join(f"a{place + 1} = a{place} * a{place}" for place in range(99)) + "; x * a99",
]
"""Each step is small, but the result would fill the memory."""


@pytest.mark.parametrize("text", GROWING, ids=("powers", "squares"))
def test_numbers_do_not_grow_without_end(text: str) -> None:
    with pytest.raises(Refusal, match="a number in the formula is too large"):
        LAYERS.make("Formula", {"formula": text}).check((3, 4, 5))


@pytest.mark.parametrize("text", ["x * 2 ** 9 ** 9 ** 9", "x + 'a' * 10**9", "x + (1, 2) * 10**9", "x @ x"])
def test_what_cannot_be_computed_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="the formula does not accept this input: "):
        LAYERS.make("Formula", {"formula": text}).check((3, 4, 5))


@pytest.mark.parametrize(
    "text",
    ["mean(x)", "mean(x, 0)", "mean(x, (1, 2, 3))", "x[:, 3:]", "batch * 2 + batch ** 0 * x.shape", "size(x, 0)"],
)
def test_what_is_no_answer_for_each_picture_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        LAYERS.make("Formula", {"formula": text}).check((3, 4, 5))


def test_steps_are_computed_once_and_weights_are_learned() -> None:
    module = Formula("a = relu(x) * scale; a + a", {"scale": (3, 1)})
    assert [name for name, _ in module.named_parameters()] == ["scale"]
    x = torch.randn(2, 3, 4)
    torch.testing.assert_close(module(x), 2 * x.relu() * module.scale)
    module(x).sum().backward()
    assert module.scale.grad is not None

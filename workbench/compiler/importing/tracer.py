"""Records a run of a network: every torch function called, its arguments, and the module that called it.

The network runs on real tensors, so that whatever Python computes with shapes is done by then, and leaves no trace.
Calls made inside torch functions are not recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakIdKeyDictionary

from workbench.compiler.importing.operations import Unreadable, changed, leaves
from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.layers.modules.vocabulary import ONNX_OPERATOR
from workbench.spec.problems import first_line

HANDS_ON = frozenset(
    [
        "alias",
        "as_subclass",
        "clone",
        "contiguous",
        "cpu",
        "data",
        "detach",
        "lift_fresh",
        "pin_memory",
        "requires_grad_",
        "real",
        "__deepcopy__",
        "positive",
    ]
)
"""Functions that return their argument."""

CASTS = frozenset(["to", "float", "double", "half", "bfloat16", "type", "type_as"])
"""Functions that return their argument if it already has the dtype."""

SHAPE_ALONE = frozenset(
    [
        "new_zeros",
        "new_ones",
        "new_full",
        "new_empty",
        "new_tensor",
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "rand_like",
        "randn_like",
    ]
)
"""Functions that use the shape of their argument, not its values."""

ASKS_FOR_NUMBERS = frozenset(
    ["item", "tolist", "numpy", "__bool__", "__int__", "__float__", "__index__", "nonzero", "__array__"]
)
LEAVES_OUT = frozenset(("StochasticDepth", "DropPath"))
"""Modules that drop a branch at random in training, and do nothing in evaluation."""

SPELLINGS = {
    "__add__": "add",
    "__iadd__": "add",
    "__sub__": "sub",
    "__isub__": "sub",
    "__mul__": "mul",
    "__imul__": "mul",
    "__truediv__": "div",
    "__itruediv__": "div",
    "__div__": "div",
    "true_divide": "div",
    "divide": "div",
    "multiply": "mul",
    "subtract": "sub",
    "__floordiv__": "floor_divide",
    "__mod__": "remainder",
    "__pow__": "pow",
    "__matmul__": "matmul",
    "__neg__": "neg",
    "negative": "neg",
    "__getitem__": "getitem",
    "__eq__": "eq",
    "__ne__": "ne",
    "__lt__": "lt",
    "__le__": "le",
    "__gt__": "gt",
    "__ge__": "ge",
    "__and__": "logical_and",
    "__or__": "logical_or",
    "__xor__": "logical_xor",
    "__invert__": "bitwise_not",
    "view": "reshape",
    "view_as": "reshape_as",
    "concat": "cat",
    "concatenate": "cat",
    "swapaxes": "transpose",
    "swapdims": "transpose",
    "clip": "clamp",
    "absolute": "abs",
    "_adaptive_avg_pool2d": "adaptive_avg_pool2d",
    "split_with_sizes": "split",
    "max_pool2d_with_indices": "max_pool2d",
}
WITHOUT_MEANING = frozenset(("inplace", "_stacklevel", "memory_format"))
"""Arguments that do not affect the result."""

NAMES = {"axis": "dim", "keepdims": "keepdim"}
"""NumPy's names of arguments, which torch accepts as well; an operator of ONNX calls its attributes so itself."""

IN_ORDER = {
    "bmm": ("input", "mat2"),
    "cat": ("tensors",),
    "flatten": ("input", "start_dim", "end_dim"),
    "linear": ("input", "weight", "bias"),
    "mm": ("input", "mat2"),
    "permute": ("input", "dims"),
    "reshape": ("input", "shape"),
    "scaled_dot_product_attention": ("query", "key", "value"),
    "swapaxes": ("input", "axis0", "axis1"),
    "transpose": ("input", "dim0", "dim1"),
    "where": ("condition", "input", "other"),
    "where_of": ("input", "condition", "other"),
}
IN_ORDER |= dict.fromkeys(("add", "sub", "mul", "div", "matmul"), ("input", "other"))
"""The names of first arguments that are known by their place, in whichever way they were given; else ``input``."""

UNLIKE: dict[Any, str] = {Tensor.unfold: "unfold_copy", Tensor.where: "where_of"}
"""Methods that share their name with a torch function of other arguments: ``F.unfold`` extracts patches, and
``torch.where`` takes the condition first.
"""

TURNED = {
    "__radd__": "add",
    "__rmul__": "mul",
    "__rsub__": "sub",
    "__rtruediv__": "div",
    "__rdiv__": "div",
    "__rpow__": "pow",
    "__rmatmul__": "matmul",
    "rsub": "sub",
    "where_of": "where",
}
"""Functions whose first two arguments are reversed."""


@dataclass(frozen=True)
class Made:
    """A tensor returned by an earlier call: the call and the index of the output."""

    call: int
    output: int


@dataclass(frozen=True)
class Kept:
    """A parameter or a buffer, by name."""

    name: str


@dataclass(frozen=True)
class Fixed:
    """A tensor that depends on no input, with its values when it was used."""

    tensor: Tensor


@dataclass
class Call:
    """A recorded call: names and plain objects, with tensors as Made, Kept or Fixed."""

    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    scope: tuple[str, ...]
    visit: int
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[torch.dtype, ...] = ()


class Tracer(TorchFunctionMode):
    """Records calls on tensors that depend on an input or a weight."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._known: WeakIdKeyDictionary = WeakIdKeyDictionary()
        self._scope: tuple[str, ...] = ()
        self._visit = 1
        for name, tensor in weights.items():
            self._known[tensor] = Kept(name)

    def add_input(self, tensor: Tensor) -> None:
        """Register a tensor as an input of the network."""
        self._known[tensor] = Made(len(self.calls), 0)
        self.calls.append(Call("input", (), {}, (), 1, (tuple(tensor.shape),)))

    def place_of(self, tensor: Tensor) -> Made | Kept | Fixed:
        """Return where a tensor comes from."""
        found: Made | Kept | None = self._known.get(tensor)
        return Fixed(tensor.detach().clone()) if found is None else found

    @contextmanager
    def following(self, model: nn.Module) -> Iterator[None]:
        """Track which of the model's modules is running; one shared by several counts as part of its caller."""
        before: list[tuple[tuple[str, ...], int]] = []
        visits: Counter[tuple[str, ...]] = Counter()
        handles = []

        def enter(paths: list[tuple[str, ...]]) -> Callable[..., None]:
            def hook(*_: Any) -> None:
                before.append((self._scope, self._visit))
                inner = (path for path in paths if path[: len(self._scope)] == self._scope)
                path = next(inner, paths[0])
                visits[path] += 1
                self._scope, self._visit = path, visits[path]

            return hook

        def leave(module: nn.Module, args: Any, output: Any) -> None:
            if type(module).__name__ in LEAVES_OUT and args and output is args[0]:
                self._leave_out(module, output)
            self._scope, self._visit = before.pop()

        places: dict[nn.Module, list[tuple[str, ...]]] = {}
        for name, module in model.named_modules(remove_duplicate=False):
            places.setdefault(module, []).append(tuple(name.split(".")) if name else ())
        for module, paths in places.items():
            handles += [module.register_forward_pre_hook(enter(paths)), module.register_forward_hook(leave)]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _leave_out(self, module: nn.Module, x: Tensor) -> None:
        share = float(getattr(module, "p", 0) or getattr(module, "drop_prob", 0) or 0)
        call = Call(
            "stochastic_depth",
            (self.place_of(x), share, str(getattr(module, "mode", "row"))),
            {},
            self._scope,
            self._visit,
            (),
        )
        if share > 0:
            self._remember(call, x, x.dtype)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the function and record it."""
        kwargs = kwargs or {}
        name = _name(func)
        tensors = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        known = any(tensor in self._known for tensor in tensors)
        if known and name in ASKS_FOR_NUMBERS:
            raise Unreadable("its control flow depends on its input values, which a graph cannot represent")
        if name == "__setitem__" and known:
            raise Unreadable("it assigns to part of a tensor, which a graph cannot represent")
        noted = self._noted(name, args, kwargs) if known and name not in SHAPE_ALONE else None
        given = tensors[0].dtype if tensors else None
        result = func(*args, **kwargs)
        if noted is not None:
            self._remember(noted, result, given)
        if name.endswith("_") and not name.startswith("_") and isinstance(result, Tensor):
            self._forget_changed(result)
        return result

    def _forget_changed(self, part: Tensor) -> None:
        """A copy of a weight is that no longer once a part of it is changed; from then on its numbers count."""
        if part._base is not None and isinstance(self._known.get(part._base), Kept):
            del self._known[part._base]

    def _noted(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Record the call before it runs, since it may change its arguments."""
        spelt = name[:-1] if name.endswith("_") and not name.startswith("_") else name
        usual = TURNED.get(spelt, SPELLINGS.get(spelt, spelt))
        names = {} if usual == ONNX_OPERATOR else NAMES
        kwargs = {
            names.get(key, key): item for key, item in kwargs.items() if item is not None and key not in WITHOUT_MEANING
        }
        for key in (IN_ORDER.get(spelt) or IN_ORDER.get(usual, ("input",)))[len(args) :]:
            if key not in kwargs:
                break
            args = (*args, kwargs.pop(key))
        if spelt in TURNED:
            args = (args[1], args[0], *args[2:])

        def place(leaf: Any) -> Any:
            return self.place_of(leaf) if isinstance(leaf, Tensor) else leaf

        return Call(usual, changed(args, place), changed(kwargs, place), self._scope, self._visit, ())

    def _remember(self, call: Call, result: Any, given: torch.dtype | None) -> None:
        """Number the result's tensors; ``given`` is the dtype of the first tensor argument."""
        outputs = [leaf for leaf in leaves(result) if isinstance(leaf, Tensor)]
        if not outputs:
            return
        same = call.function in HANDS_ON or (call.function in CASTS and outputs[0].dtype == given)
        if same and isinstance(call.args[0], Made | Kept):
            self._known[outputs[0]] = call.args[0]
            return
        call.shapes = tuple(tuple(tensor.shape) for tensor in outputs)
        call.dtypes = tuple(tensor.dtype for tensor in outputs)
        for index, tensor in enumerate(outputs):
            self._known[tensor] = Made(len(self.calls), index)
        self.calls.append(call)


def _name(func: Callable[..., Any]) -> str:
    name: str = UNLIKE.get(func, getattr(func, "__name__", ""))
    if name == "__get__":  # an attribute: x.T, x.shape
        return str(getattr(getattr(func, "__self__", None), "__name__", name))
    return name


@torch.no_grad()
def run(model: nn.Module, inputs: tuple[Tensor, ...], weights: Mapping[str, Tensor]) -> tuple[list[Call], Any]:
    """Return the calls of one run, and the answer with its tensors as Made. Raises Unreadable if the network raises."""
    tracer = Tracer(weights)
    for tensor in inputs:
        tracer.add_input(tensor)
    try:
        with tracer.following(model), tracer:
            answer = model(*inputs)
    except (Unreadable, MemoryError, RecursionError):
        raise
    except Exception as error:  # untrusted code can raise anything
        if is_out_of_memory(error):
            raise
        sides = " and ".join("×".join(map(str, x.shape[1:])) for x in inputs)
        said = first_line(error, "no message")
        other = (
            "if it expects another size, give that as the input size, or write input_shape = (1, 28, 28) into its file"
        )
        mend = "" if isinstance(error, TypeError) else f": {other}"  # of a call with too few inputs
        raise Unreadable(f"with an input of {sides} it raises {type(error).__name__}: {said}{mend}") from error
    return tracer.calls, changed(answer, lambda leaf: tracer.place_of(leaf) if isinstance(leaf, Tensor) else leaf)

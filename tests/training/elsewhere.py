"""A device that is not the CPU, without one: its tensors hold one of the CPU with the values.

As on a GPU, operators refuse tensors of both devices, and NumPy refuses all. They say that they are on ``lazy``, of the
names that torch knows one that nothing here uses: a device that is registered with torch stays for the whole process.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from workbench.training import plan

HERE, THERE = torch.device("cpu"), torch.device("lazy", 0)

COPIES = ("aten::copy_", "aten::_to_copy")
BY_INDEX = ("aten::index.Tensor", "aten::index_put", "aten::_index_put_impl_")
"""Operators that take both devices: copies, and those for which torch copies indices."""


class There(Tensor):
    """A tensor there; ``here`` are its values."""

    here: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, here):
        there = Tensor._make_wrapper_subclass(
            cls, here.shape, here.stride(), here.storage_offset(), dtype=here.dtype, device=THERE
        )
        there.here = here
        return there

    @classmethod
    def __torch_dispatch__(cls, operator, types, args=(), kwargs=None):
        return computed(operator, args, kwargs or {})

    def __deepcopy__(self, memo):
        copied = There(self.here.clone()).requires_grad_(self.requires_grad)
        return torch.nn.Parameter(copied, self.requires_grad) if isinstance(self, torch.nn.Parameter) else copied


def computed(operator, args, kwargs):
    """What the operator gives, there if its tensors are or if it is told so."""
    tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
    theirs = {id(each.here): each for each in tensors if isinstance(each, There)}
    to = kwargs.get("device")
    if theirs and not takes_both(operator, tensors):
        raise RuntimeError(f"Expected all tensors to be on the same device ({operator.name()})")
    ours, named = tree_map(lambda each: each.here if isinstance(each, There) else each, (args, kwargs))
    found = operator(*ours, **(named | ({} if to is None else {"device": HERE})))
    is_there = bool(theirs) if to is None else torch.device(to).type == THERE.type

    def placed(each):
        if not isinstance(each, Tensor):
            return each
        return theirs.get(id(each)) if id(each) in theirs else There(each) if is_there else each

    return tree_map(placed, found)


def takes_both(operator, tensors):
    """Whether no tensor is on the wrong device: numbers may be, and what is copied."""
    name = operator.name()
    strange = [each for each in tensors if not isinstance(each, There)]
    if name.startswith(BY_INDEX):
        strange = [each for each in strange if each.is_floating_point()]
    if torch.Tag.pointwise in operator.tags or "_foreach_" in name:
        strange = [each for each in strange if each.dim()]
    return name in COPIES or not strange


class _Operators(TorchDispatchMode):
    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        return computed(operator, args, kwargs or {})


class _Functions(TorchFunctionMode):
    """What torch does in C++ without an operator."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(function, "__name__", "")
        if name in ("tensor", "as_tensor") and kwargs.get("device") is not None:
            return function(*args, **(kwargs | {"device": HERE})).to(kwargs["device"])
        if args and isinstance(args[0], There):
            if name == "new_tensor":
                return torch.tensor(args[1], dtype=args[0].dtype).to(THERE)
            if name == "tolist":
                return args[0].detach().cpu().tolist()
            if name == "__getitem__" and isinstance(args[1], list):
                return args[0][torch.tensor(args[1])]
            if name in ("numpy", "__array__"):
                raise TypeError("can't convert a tensor of this device to numpy")
        return function(*args, **kwargs)


@contextmanager
def elsewhere() -> Iterator[None]:
    """Compute there what is there, in this thread, and train there; torch's optimizers use their fused steps, as on a
    GPU.
    """
    overwrites = torch.__future__
    before = overwrites.get_overwrite_module_params_on_conversion()
    overwrites.set_overwrite_module_params_on_conversion(True)
    try:
        with pytest.MonkeyPatch.context() as patch, _Operators(), _Functions():
            kinds = "_get_fused_kernels_supported_devices"
            patch.setattr(sys.modules["torch.optim.optimizer"], kinds, lambda: [THERE.type])
            patch.setattr(plan, "choose_device", lambda wish: THERE)
            yield
    finally:
        overwrites.set_overwrite_module_params_on_conversion(before)

"""What the ranks tell each other, the commands on which they agree, and batch normalisation by their sums."""

import os
import subprocess
import sys

import pytest
import torch
from torch import distributed, nn

from tests.session.processes import free_address
from workbench.data.batches import Batch
from workbench.training.distributed.agreed import Agreed
from workbench.training.distributed.ranks import ALONE, NODE, Ranks
from workbench.training.distributed.shared_norm import SharedNorm, counting, own_norms, share_norms

SECOND = Ranks(rank=1, first=0)
"""Not the first rank; it exchanges nothing, since its size is one."""


@pytest.mark.timeout(400)
def test_two_ranks_hear_the_same_of_each_other_and_the_first_is_where_the_folder_is():
    port = free_address().rpartition(":")[2]
    everybody = os.environ | {"WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    command = [sys.executable, "-m", "tests.training.distributed.exchanging"]
    own = [{"RANK": str(rank), NODE: str(1 - rank)} for rank in range(2)]
    processes = [subprocess.Popen(command, env=everybody | each, stderr=subprocess.PIPE, text=True) for each in own]
    said = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(said)


def test_a_run_alone_keeps_what_it_has():
    values = torch.tensor([1.0, 2.0])
    assert ALONE.sum(values) is ALONE.largest(values) is ALONE.joined(values) is values
    assert ALONE.each(values) == [values] and ALONE.from_first(lambda: 7, int) == 7


def heard(control: Agreed) -> dict[str, bool]:
    return {
        "attention": control.wants_attention(),
        "stop": control.wants_stop(),
        "each step": control.wants_each_step(),
        "save": control.wants_save(),
    }


NOTHING = {"attention": False, "stop": False, "each step": False, "save": False}


@pytest.mark.parametrize(
    ("tell", "first", "others"),
    [
        (lambda control: None, {}, {}),
        (lambda control: control.stop(), {"attention": True, "stop": True}, {"attention": True, "stop": True}),
        (lambda control: control.save(), {"attention": True, "save": True}, {}),
        (lambda control: control.change("training.optimizer.lr", 0.1), {"attention": True}, {}),
        (lambda control: control.watch_each_step(True), {"each step": True}, {}),
    ],
)
def test_of_a_rank_that_is_not_the_first_only_a_stop_is_heard(tell, first, others):
    for ranks, expected in ((ALONE, first), (SECOND, others)):
        control = Agreed(ranks)
        tell(control)
        assert heard(control) == NOTHING | expected


def test_each_question_hears_what_was_told_since_the_last():
    control = Agreed(ALONE)
    assert not (control.wants_each_step() or control.wants_attention())
    control.save()
    assert control.wants_save() and not control.wants_stop()
    control.stop()
    assert control.wants_stop()


@pytest.fixture
def group():
    """A group of this process alone, in which sums over the ranks are those of its own values."""
    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def shared(theirs: nn.Module) -> SharedNorm:
    """Batch normalisation by sums, with the same weights and statistics."""
    ours = type(theirs)(theirs.num_features, momentum=theirs.momentum, eps=theirs.eps, affine=theirs.affine)
    ours.load_state_dict(theirs.state_dict())
    share_norms(ours, torch.device("cpu"))
    assert isinstance(ours, SharedNorm)
    return ours


@pytest.mark.parametrize(
    ("kind", "shape", "settings"),
    [
        (nn.BatchNorm2d, (4, 3, 5, 6), {}),
        (nn.BatchNorm2d, (4, 3, 5, 6), {"affine": False, "momentum": 0.3, "eps": 0.2}),
        (nn.BatchNorm1d, (7, 3), {}),
    ],
)
@pytest.mark.parametrize("idle", [0, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_batch_normalisation_by_sums_is_torchs_over_the_pictures_that_count(kind, shape, settings, idle, dtype, group):
    """Values, gradients and statistics, in training and then in evaluation; the last ``idle`` pictures do not count."""
    torch.manual_seed(0)
    theirs = kind(3, **settings)
    ours = shared(theirs)
    values = (torch.randn(shape) * 3 + 2).to(dtype)
    mine, other = values.clone().requires_grad_(), values[: len(values) - idle].clone().requires_grad_()
    ours.num_counted = len(other) if idle else None
    found, expected = ours(mine)[: len(other)], theirs(other)
    assert found.dtype == expected.dtype == dtype
    precision = {"rtol": 0.02, "atol": 0.02} if dtype == torch.bfloat16 else {"rtol": 1e-4, "atol": 1e-5}
    torch.testing.assert_close(found, expected, **precision)
    for given in (found, expected):
        (given.float() * torch.arange(given.numel()).view(given.shape).cos()).sum().backward()
    torch.testing.assert_close(mine.grad[: len(other)], other.grad, **precision)
    for one, another in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one.grad, another.grad, rtol=0.02, atol=0.02)
    for name, kept in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], kept, rtol=1e-4, atol=1e-5, msg=name)
    ours.num_counted = None
    torch.testing.assert_close(ours.eval()(values), theirs.eval()(values))


@pytest.mark.parametrize(("idles", "num_counted"), [(False, 1), (True, 0)])
def test_norms_count_a_ranks_pictures_by_themselves_only_in_a_batch_of_fewer_than_ranks(idles, num_counted):
    picture = torch.zeros(1, dtype=torch.int64)
    batch = Batch(indices=picture, inputs=torch.zeros(1, 3), targets={}, num_pictures=2, idles=idles)
    norm = shared(nn.BatchNorm1d(3))
    with counting([norm], batch, 3):
        assert norm.num_counted == num_counted
    assert norm.num_counted is None
    with counting([norm], batch, 2):
        assert norm.num_counted is None
    with pytest.raises(ZeroDivisionError), counting([norm], batch, 3):
        raise ZeroDivisionError
    assert norm.num_counted is None


def test_a_network_that_one_rank_trains_by_itself_asks_no_other():
    """There is no group here, which a shared normalisation would need."""
    theirs = nn.BatchNorm1d(3)
    ours = shared(theirs)
    own_norms(ours)
    values = torch.randn(7, 3)
    torch.testing.assert_close(ours(values), theirs(values))

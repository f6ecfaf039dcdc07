"""Mixed pictures and their targets, against SciPy and torchvision."""

import numpy as np
import pytest
import torch
from scipy.stats import beta, kstest
from torchvision.transforms import v2

from workbench.data import MIXINGS
from workbench.data.batches import Batches
from workbench.data.dataset import Split
from workbench.data.mixing import mixed_targets
from workbench.data.mixings.cutmix import CutMix
from workbench.data.mixings.mixup import Mixup
from workbench.data.preparation import prepare
from workbench.data.varying.beta import beta_quantile
from workbench.events import EpochFinished
from workbench.session.prepared import input_shape
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.problems import ProblemsFound
from workbench.training.beginning import prepare as prepare_training
from workbench.training.control import Control
from workbench.training.loop import train

NUM = 64


@pytest.fixture
def pictures():
    return torch.randint(0, 256, (NUM, 3, 12, 10), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def draws(num_draws, num=NUM):
    return torch.rand(num, num_draws, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("alpha", [0.1, 0.2, 0.4, 1.0, 2.5, 10.0])
def test_the_quantiles_are_scipys(alpha):
    chance = torch.linspace(0, 1, 4001)[:-1]
    ours = beta_quantile(chance, alpha)
    assert np.abs(ours.numpy() - beta.ppf(chance.numpy(), alpha, alpha)).max() < 1e-3
    drawn = beta_quantile(torch.rand(4000, generator=torch.Generator().manual_seed(2)), alpha)
    if alpha > 0.3:  # below, float32 cannot represent shares close enough to 1
        assert kstest(drawn.double().numpy(), beta(alpha, alpha).cdf).pvalue > 0.001


def test_mixup_is_torchvisions_with_its_own_share_for_each_picture(pictures):
    mixed, own = Mixup(alpha=1.0).mix(pictures, draws(2))
    assert len(set(own.tolist())) == NUM and mixed.dtype == torch.uint8
    partner = torch.arange(NUM).roll(1)
    for row in range(NUM):
        pair = torch.stack((pictures[row], pictures[partner[row]])).float()
        expected = pair[0] * own[row] + pair[1] * (1 - own[row])
        assert (mixed[row].float() - expected).abs().max() <= 0.5
    # torchvision rolls the batch by one as well, and mixes the labels the same way
    theirs = v2.MixUp(alpha=1.0, num_classes=5)
    labels = torch.arange(NUM) % 5
    torch.manual_seed(0)
    _, wanted = theirs(pictures.float(), labels)
    share = wanted.max(dim=1).values.max().item()
    ours = mixed_targets({"class": labels}, torch.full((NUM,), share), {"class": 5})["class"]
    other = mixed_targets({"class": labels}, torch.full((NUM,), 1 - share), {"class": 5})["class"]
    assert torch.allclose(ours, wanted, atol=1e-5) or torch.allclose(other, wanted, atol=1e-5)


def test_cutmix_puts_one_window_in_and_counts_its_pixels(pictures):
    mixed, own = CutMix(chance=1.0).mix(pictures, draws(4))
    foreign = (mixed != pictures).any(dim=1)
    partner = pictures.roll(1, 0)
    for row in range(NUM):
        rows, columns = torch.nonzero(foreign[row], as_tuple=True)
        if len(rows):
            window = (slice(None), slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
            assert torch.equal(mixed[row][window], partner[row][window])
        assert own[row] == pytest.approx(1 - foreign[row].float().mean().item(), abs=0.03)
    assert own.min() < 0.3 and own.max() > 0.9


def test_the_chance_is_the_share_of_pictures():
    many = torch.randint(0, 256, (2000, 1, 8, 8), dtype=torch.uint8)
    for mixing in (Mixup(alpha=1.0, chance=0.25), CutMix(alpha=1.0, chance=0.25)):
        mixed, own = mixing.mix(many, draws(mixing.num_draws, 2000))
        untouched = (mixed == many).flatten(1).all(1)
        assert untouched.float().mean() == pytest.approx(0.75, abs=0.06)
        assert torch.equal(mixed[own == 1], many[own == 1])


@pytest.mark.parametrize("name", list(MIXINGS.table))
def test_batches_begun_in_the_middle_are_the_tail_of_whole_ones(name, pictures):
    mixing = MIXINGS.make(name, {"chance": 1.0})
    split = Split(inputs=pictures, targets={"class": torch.arange(NUM) % 7})
    batches = Batches(split, mean=(0.5,) * 3, std=(0.2,) * 3, batch_size=16, mixing=mixing, num_classes={"class": 7})
    whole, tail = list(batches.epoch(2)), list(batches.epoch(2, start=2))
    for one, other in zip(whole[2:], tail, strict=True):
        assert torch.equal(one.inputs, other.inputs) and torch.equal(one.targets["class"], other.targets["class"])
    wanted = whole[0].targets["class"]
    assert wanted.shape == (16, 7) and torch.allclose(wanted.sum(1), torch.ones(16))
    assert next(batches.in_order()).targets["class"].dtype == torch.int64, "what is measured is not mixed"


@pytest.mark.parametrize("loss", ["CrossEntropy", "MSE"])
def test_a_network_learns_from_mixed_pictures(loss, tmp_path):
    experiment = read_experiment("lenet-digits")
    experiment = override(experiment, "data.mixing", '{"type": "Mixup"}')
    experiment = override(experiment, "training.heads", f'[{{"output": "output", "loss": {{"type": "{loss}"}}}}]')
    experiment = override(experiment, "training.optimizer", '{"type": "Adam", "parameters": {"lr": 0.005}}')
    experiment = override(experiment, "training.epochs", "3")
    data = prepare(experiment.data, input_shape=input_shape(experiment), seed=0)
    plan, state = prepare_training(experiment, data)
    *_, last = [event for event in train(plan, state, tmp_path, Control()) if isinstance(event, EpochFinished)]
    assert last.metrics["val/top1"] > 0.8 and last.metrics["train/top1"] > 0.5


def test_a_picture_to_be_answered_cannot_be_mixed():
    experiment = override(read_experiment("lenet-digits"), "data.mixing", '{"type": "CutMix"}')
    experiment = override(experiment, "training.heads", '[{"output": "output", "target": "picture"}]')
    data = prepare(experiment.data, input_shape=input_shape(experiment), seed=0)
    with pytest.raises(ProblemsFound) as found:
        prepare_training(experiment, data)
    assert any(problem.what.startswith("CutMix mixes") for problem in found.value.problems)

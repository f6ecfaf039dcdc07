"""The generators that layers draw from are kept and put back on whatever device: here on an Apple GPU, in whose place
is a generator of the CPU.
"""

import pytest
import torch

from tests.training.experiments import data_of, digits
from workbench.spec.record import replace
from workbench.training import beginning
from workbench.training.rehearsal import kept_generators
from workbench.training.state import begin_chance, capture, restore

APPLE = torch.device("mps")


@pytest.fixture
def apples(monkeypatch):
    """The generator that stands for the Apple GPU's."""
    generator = torch.Generator()
    monkeypatch.setattr(torch.mps, "_default_mps_generator", generator)
    return generator


def test_a_checkpoint_keeps_the_numbers_to_come_of_an_apple_gpu(apples):
    experiment = digits()
    _, state = beginning.prepare(experiment, data_of(experiment))
    tensors, plain = capture(state, APPLE)
    drawn = torch.rand(3, generator=apples).tolist()
    restore(state, tensors, plain)
    begin_chance(state.generators, experiment.seed, state.step, APPLE, rank=0)
    assert torch.rand(3, generator=apples).tolist() == drawn


def test_trial_steps_draw_none_of_the_runs_numbers_on_an_apple_gpu(apples):
    experiment = digits()
    plan, _ = beginning.prepare(experiment, data_of(experiment))
    before = apples.get_state(), torch.get_rng_state()
    with kept_generators(replace(plan, device=APPLE)):
        torch.rand(3, generator=apples)
        torch.rand(3)
    assert torch.equal(before[0], apples.get_state())
    assert torch.equal(before[1], torch.get_rng_state())

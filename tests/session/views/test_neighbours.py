"""The search for similar pictures in a run's gallery."""

import numpy as np
import torch

from tests.training.experiments import data_of, digits
from workbench.session.views.neighbours import NeighbourSearch
from workbench.training import beginning


def test_the_gallery_is_described_anew_after_each_step_and_only_then():
    plan, state = beginning.prepare(digits(), data_of(digits()))
    _, gallery = plan.shown
    module, search = state.module.eval(), NeighbourSearch()
    first = search.nearest(3, gallery, module, step=1)
    torch.nn.init.normal_(module.get_parameter("conv.weight"))
    again, after = (search.nearest(3, gallery, module, step=step) for step in (1, 2))
    fresh = NeighbourSearch().nearest(3, gallery, module, step=2)
    assert np.array_equal(again.distances, first.distances)
    assert np.array_equal(after.distances, fresh.distances) and np.array_equal(after.indices, fresh.indices)
    assert not np.array_equal(after.distances, first.distances)

"""The latent space of a trained network: what its codes decode to is what the network itself makes of the pictures."""

from threading import Event

import numpy as np
import pytest
import torch

from tests.compiler.networks import node
from tests.training.experiments import PICTURE, data_of, digits, variational
from tests.training.trained import run
from workbench.compiler.bottleneck import AROUND
from workbench.data.progress import Cancelled, silent, until
from workbench.session.views import latent
from workbench.session.views.latent import MAP_REACH, MAP_SIDE, NO_PICTURE, LatentQuestion
from workbench.session.views.network import NOT_A_NUMBER, Network, network_drawn
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import beginning


def network_of(experiment, data, state=None):
    plan, fresh = beginning.prepare(experiment, data)
    module = (state or fresh).module.eval()
    return Network(module=module, plan=plan, dataset=data, step=7)


@pytest.fixture(scope="module")
def data():
    return data_of(variational())


@pytest.fixture(scope="module")
def network(data, tmp_path_factory):
    _, state = run(variational(), data, tmp_path_factory.mktemp("run"))
    return network_of(variational(), data, state)


def latent_seen(network, question):
    return latent.latent_seen(network, question, silent)


def as_bytes(pictures):
    return pictures.clamp(0, 1).mul(255).round().byte().numpy()


def test_both_ends_are_the_reconstructions(network):
    seen = latent_seen(network, LatentQuestion(view="between", ends=(3, 8)))
    _, batches = network.plan.shown
    batch = batches.chosen(torch.tensor([3, 8]))
    with torch.no_grad():
        reconstructed = as_bytes(network.module(batch.inputs)["output"])
    assert len(seen.pictures) == 10 and seen.layer.path == "sample"
    assert np.array_equal(seen.pictures[[0, -1]], reconstructed)
    assert not np.array_equal(seen.pictures[5], reconstructed[0])
    assert np.array_equal(seen.ends, as_bytes(batch.targets["picture"]))


def test_samples_follow_the_seed_and_the_prior(network, data):
    def sample(seed, of=network, path=""):
        return latent_seen(of, LatentQuestion(view="sample", num=5, seed=seed, path=path))

    first = sample(1)
    assert first.is_prior and first.pictures.shape == (5, 1, 8, 8)
    assert np.array_equal(first.pictures, sample(1).pictures) and not np.array_equal(first.pictures, sample(2).pictures)
    drawn = torch.randn(5, 2, generator=torch.Generator().manual_seed(1))
    decoder = torch.nn.Sequential(*(network.module.get_submodule(each) for each in ("widen", "relu2", "pixels")))
    with torch.no_grad():
        assert np.array_equal(first.pictures[:, 0], as_bytes(decoder(drawn).reshape(5, 8, 8)))
    fitted = sample(1, path="normal")
    assert not fitted.is_prior and "a normal distribution fitted to the codes of " in fitted.words()
    alone = sample(1, of=network_of(variational(heads=(PICTURE,)), data))
    assert not alone.is_prior, "nothing has kept these codes near the prior"
    whole = variational()
    nodes = tuple(
        replace(each, inputs=("hidden",)) if each.name == "code" else each for each in whole.architecture.graph.nodes
    )
    architecture = replace(whole.architecture, graph=replace(whole.architecture.graph, nodes=nodes))
    assert not sample(1, of=network_of(replace(whole, architecture=architecture), data)).is_prior, "but others"


def test_the_map_has_each_picture_where_its_code_decodes_to_it(network):
    seen = latent_seen(network, LatentQuestion(view="map"))
    assert len(seen.pictures) == MAP_SIDE**2 and len(seen.places) == len(seen.labels) == seen.num_codes
    assert seen.words().startswith("the plane of the 2 numbers of sample")
    with torch.no_grad():
        codes = torch.cat([network.module(each.inputs)["code"][:, :2] for each in network.plan.shown[1].in_order()])
    standard = (codes - codes.mean(dim=0)) / codes.std(dim=0)
    np.testing.assert_allclose(seen.places * MAP_REACH, standard[: seen.num_codes], atol=1e-3)
    corner = codes.mean(dim=0) + MAP_REACH * codes.std(dim=0) * torch.tensor([1.0, -1.0])  # right and down: the last
    decoder = torch.nn.Sequential(*(network.module.get_submodule(each) for each in ("widen", "relu2", "pixels")))
    with torch.no_grad():
        last = as_bytes(decoder(corner[None]).reshape(8, 8))
    assert np.abs(seen.pictures[-1, 0].astype(int) - last).max() <= 1
    wide = latent_seen(network, LatentQuestion(view="map", path="normal"))
    assert "two principal components of the 4 numbers of normal" in wide.words()


def test_a_code_of_one_number_is_a_line():
    narrow = network_of(variational(width=2), data_of(variational()))
    seen = latent_seen(narrow, LatentQuestion(view="map"))
    assert "the line of the 1 number of sample" in seen.words() and np.isfinite(seen.places).all()
    rows = seen.pictures.reshape(MAP_SIDE, MAP_SIDE, -1)
    assert (rows == rows[0]).all() and (rows[0, 0] != rows[0, -1]).any()
    assert not seen.places[:, 1].any() and seen.places[:, 0].any()


def test_an_autoencoder_without_a_target_has_one_before_it_is_trained():
    """As one that was imported, beside data with classes."""
    seen = latent_seen(network_drawn(variational(heads=()), silent), LatentQuestion(view="between"))
    assert not seen.problem and seen.layer.path == "sample" and len(seen.pictures) == 10


def test_it_is_said_why_there_is_no_latent_space(data):
    assert latent_seen(network_of(digits(), data), LatentQuestion(view="sample")).problem == NO_PICTURE
    whole = variational()
    nodes = whole.architecture.graph.nodes
    around = (*nodes[:-1], node("skip", "Add", "reshape", "input"), replace(nodes[-1], inputs=("skip",)))
    architecture = replace(whole.architecture, graph=replace(whole.architecture.graph, nodes=around))
    skipping = network_of(replace(whole, architecture=architecture), data)
    assert latent_seen(skipping, LatentQuestion(view="map")).problem == AROUND


@pytest.mark.parametrize("view", ["between", "sample", "map"])
def test_a_network_that_has_diverged_is_said_to(data, view):
    diverged = network_of(variational(heads=(PICTURE,)), data)
    with torch.no_grad():
        diverged.module.get_submodule("widen" if view == "between" else "hidden").weight[0] = torch.nan
    with pytest.raises(SpecError, match=NOT_A_NUMBER):
        latent_seen(diverged, LatentQuestion(view=view))


def test_encoding_many_pictures_can_be_cancelled(network):
    stopped = Event()
    stopped.set()
    with pytest.raises(Cancelled):
        latent.latent_seen(network, LatentQuestion(view="map"), until(stopped))

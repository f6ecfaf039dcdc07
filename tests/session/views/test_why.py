"""Why a network answers so: of a picture of the data and of one's own, for any class, and where it cannot be said."""

import numpy as np
import pytest
import torch

from tests.compiler.networks import node
from tests.session.waiting import DEADLINE_S, wait_for
from tests.training.experiments import data_of, digits
from workbench.runs.store import open_run
from workbench.session.running.in_thread import start
from workbench.session.running.replay import Replay
from workbench.session.views.attention import OnePicture
from workbench.session.views.network import Network
from workbench.session.views.why import METHODS, NO_ANSWER, NO_MAPS, NOT_FOUND, WhyQuestion, why_seen
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.record import replace
from workbench.training import beginning

SEVENTH = OnePicture(name="7", split="val", number=7)


def silent(*_):
    pass


def network(experiment, folder=None):
    """The untrained network of an experiment, or that of a run."""
    dataset = data_of(experiment)
    if folder is None:
        plan, state = beginning.prepare(experiment, dataset)
    else:
        plan, state = beginning.of_checkpoint(experiment, dataset, open_run(folder).checkpoint)
    module = state.module.eval()
    return Network(module=module, plan=plan, dataset=dataset, step=state.step)


def test_any_class_is_explained_by_the_networks_own_numbers(tmp_path):
    experiment = digits(epochs=3)
    run = start(experiment, tmp_path)
    wait_for(lambda: run.state == "finished")
    asked = network(experiment, run.folder)
    inputs = next(asked.plan.val.in_order()).inputs[7:8]
    with torch.no_grad():
        logits = asked.module(inputs)["output"][0]
        mean = asked.module(torch.zeros_like(inputs))["output"][0]
        hidden = inputs.clone()
        hidden[:, :, 6:, :2] = 0
        left = asked.module(hidden)["output"].softmax(dim=1)[0]
    truth = int(asked.dataset.val.targets["class"][7])
    for place in (None, truth, 3):
        about = int(logits.argmax()) if place is None else place
        seen = why_seen(asked, WhyQuestion(picture=SEVENTH, place=place), silent)
        assert seen.place == about and seen.truth == truth and seen.found.shape == (8, 8) and not seen.problem
        # At a corner only one place of the patch counts.
        share = logits.softmax(dim=0)[about].item()
        assert seen.found[7, 0] == pytest.approx(share - left[about].item(), abs=1e-5)
        assert seen.said(about) == f"{about} {100 * share:.1f} %"
        added = why_seen(asked, WhyQuestion(picture=SEVENTH, method="integrated-gradients", place=place), silent)
        assert added.found.sum() == pytest.approx((logits - mean)[about].item(), rel=0.02, abs=0.02)

    question = WhyQuestion(picture=SEVENTH, method="grad-cam")
    at_last = why_seen(asked, question, silent)
    assert at_last.layer == at_last.layers[-1] and at_last.title == f"Grad-CAM at {at_last.layer}"
    first = why_seen(asked, WhyQuestion(picture=SEVENTH, method="grad-cam", layer="conv"), silent)
    assert first.layer == "conv" and first.found.shape != (1, 1)
    for each in (run, Replay(run.folder)):
        number = each.insight.why.ask(question)
        wait_for(lambda each=each, number=number: each.insight.why.answers.newest(number - 1) is not None)
        np.testing.assert_allclose(each.insight.why.answers.newest()[1].found, at_last.found, atol=1e-6)
        assert each.join(DEADLINE_S)


def small_transformer():
    experiment = replace(read_experiment("vit_mini"), data=DataRecipe(source=Component(type="Digits")))
    return override(experiment, "architecture.graph.nodes.input.shape", "[1, 8, 8]")


def test_where_a_method_has_nothing_to_look_at_a_sentence_says_so():
    attending = network(small_transformer())
    seen = why_seen(attending, WhyQuestion(picture=SEVENTH, method="grad-cam"), silent)
    assert seen.found is None and seen.pixels is not None and "mixes all places by attention" in seen.problem
    wanted = why_seen(attending, WhyQuestion(picture=SEVENTH, method="grad-cam", layer=seen.layer), silent)
    assert wanted.found.shape == (2, 2) and not wanted.problem, "who asks for the layer gets it"

    flat = network(replace(read_experiment("mlp"), data=DataRecipe(source=Component(type="Digits"))))
    assert why_seen(flat, WhyQuestion(picture=SEVENTH, method="grad-cam"), silent).problem == NO_MAPS
    for method in set(METHODS) - {"grad-cam"}:
        assert why_seen(flat, WhyQuestion(picture=SEVENTH, method=method), silent).found is not None
    with torch.no_grad():
        next(flat.module.parameters()).fill_(torch.nan)
    assert "NaN" in why_seen(flat, WhyQuestion(picture=SEVENTH), silent).problem

    experiment = digits()
    nodes = tuple(
        node(each.name, "Formula", *each.inputs, formula="sqrt(x * 0)") if each.name == "relu" else each
        for each in experiment.architecture.graph.nodes
    )
    graph = replace(experiment.architecture.graph, nodes=nodes)
    steep = network(replace(experiment, architecture=replace(experiment.architecture, graph=graph)))
    infinite = why_seen(steep, WhyQuestion(picture=SEVENTH, method="gradient"), silent)
    assert infinite.problem == NOT_FOUND and infinite.found is None
    assert not why_seen(steep, WhyQuestion(picture=SEVENTH), silent).problem

    restoring = why_seen(network(read_experiment("autoencoder")), WhyQuestion(picture=SEVENTH), silent)
    assert restoring.pixels is None and restoring.problem == NO_ANSWER


def test_of_a_row_each_number_is_explained():
    """Hidden ones are the mean; and what each adds is the difference from a row of means."""
    asked = network(read_experiment("mlp-wines"))
    seen = why_seen(asked, WhyQuestion(picture=SEVENTH), silent)
    inputs = next(asked.plan.val.in_order()).inputs[7:8]
    assert seen.features == asked.dataset.features and seen.found.shape == inputs.shape[1:] == (12,)
    np.testing.assert_allclose(seen.pixels, asked.dataset.val.inputs[7], rtol=1e-6)
    hidden = inputs.clone()
    hidden[0, 4] = 0
    with torch.no_grad():
        whole, without, mean = (asked.module(each)["output"][0] for each in (inputs, hidden, 0 * inputs))
    fall = (whole.softmax(0) - without.softmax(0))[seen.place].item()
    assert seen.found[4] == pytest.approx(fall, abs=1e-6)
    assert seen.legend.endswith("if a number is replaced by its mean in training.")
    added = why_seen(asked, WhyQuestion(picture=SEVENTH, method="integrated-gradients"), silent)
    assert added.found.sum() == pytest.approx((whole - mean)[added.place].item(), abs=1e-2)
    assert added.legend.endswith("over a row where each number is replaced by its mean in training.")
    assert why_seen(asked, WhyQuestion(picture=SEVENTH, method="grad-cam"), silent).problem == NO_MAPS


def test_a_number_is_explained_in_its_unit():
    asked = network(read_experiment("two-heads-shapes"))
    first = why_seen(asked, WhyQuestion(picture=SEVENTH), silent)
    (head,) = (head for head in first.heads if head.column.kind == "number")
    seen = why_seen(asked, WhyQuestion(picture=SEVENTH, head=head.title), silent)
    assert first.head == 0 != seen.head
    (name,) = seen.names
    assert seen.place == 0 and seen.said(0).startswith(f"{name} ") and f"Red: {name} falls" in seen.legend
    inputs = next(asked.plan.val.in_order()).inputs[7:8]
    with torch.no_grad():
        assert float(seen.values[0]) == pytest.approx(asked.module(inputs)[head.output].item(), abs=1e-5)

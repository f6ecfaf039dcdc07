"""A variational autoencoder learns, and is stopped and resumed as if it had not been."""

import pytest
import torch

from tests.training.experiments import PICTURE, PRIOR, data_of, variational, with_training
from tests.training.trained import equal_weights, losses, run, stopping_at
from workbench.events import EpochFinished
from workbench.spec.component import Component
from workbench.spec.experiment import Head
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.problems import ProblemsFound
from workbench.spec.record import replace
from workbench.training import beginning
from workbench.training.aims import used_columns
from workbench.training.heads import losses_of_each
from workbench.training.results.measured import expected


@pytest.fixture(scope="module")
def data():
    return data_of(variational())


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    return run(variational(), data, tmp_path_factory.mktemp("run"))


def test_the_bound_falls_and_both_of_its_terms_are_logged(trained, data):
    events, state = trained
    bounds = [event.metrics for event in events if isinstance(event, EpochFinished)]
    assert bounds[-1]["val/loss"] < bounds[0]["val/loss"]
    for metrics in bounds:
        assert metrics["val/loss"] == pytest.approx(metrics["val/output/loss"] + metrics["val/code/loss"] / 64)
    assert expected(variational(), data.columns) in bounds[0]
    plan, _ = beginning.prepare(variational(), data)
    batch = next(plan.val.in_order())
    with torch.no_grad():
        outputs = state.module.eval()(batch.inputs)
    mean, log_variance = outputs["code"].chunk(2, dim=1)
    normal = torch.distributions.Normal(mean, (log_variance / 2).exp())
    each = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0, 1)).sum(dim=1)
    torch.testing.assert_close(losses_of_each(plan.heads, outputs, batch.targets)[0], each)


@pytest.mark.parametrize("stop_after", [3, 30])
def test_a_run_that_draws_codes_goes_on_as_if_it_had_not_been_stopped(trained, data, tmp_path, stop_after):
    whole, state = trained
    first, _ = run(variational(), data, tmp_path, on_event=stopping_at(stop_after))
    rest, resumed = run(variational(), data, tmp_path, resuming=True)
    assert losses(first) + losses(rest) == losses(whole)
    assert rest[-1].metrics == whole[-1].metrics and equal_weights(state, resumed)


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (variational(heads=(PRIOR,)), "nothing is learnt of the data: every output is compared with the prior alone"),
        (variational(heads=(replace(PICTURE, target="prior"),)), "the loss MSE does not apply to the column prior"),
        (
            variational(heads=(PICTURE, replace(PRIOR, target="class"))),
            "the loss KLDivergence does not apply to the column class",
        ),
        (variational(width=5), "5 numbers are no means and as many log variances"),
        (
            variational(heads=(replace(PRIOR, measures=(Component(type="PSNR"),)), PICTURE)),
            "not a column of the data: remove it",
        ),
    ],
)
def test_a_code_without_means_or_data_is_refused(experiment, words, data):
    with pytest.raises(ProblemsFound) as found:
        beginning.prepare(experiment, data)
    assert words in str(found.value)


def test_a_column_of_the_data_may_be_called_prior(tmp_path):
    rows = [f"{row % 7},{row % 3},{row / 7}" for row in range(60)]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,prior", *rows]))
    experiment = override(read_experiment("regression-wines"), "architecture.graph.nodes.input.shape", "[2]")
    source = Component(type="TableFile", parameters={"file": str(tmp_path / "rows.csv")})
    experiment = replace(experiment, data=replace(experiment.data, source=source))
    experiment = with_training(
        experiment, epochs=1, heads=(Head(output="output", target="prior", loss=Component(type="MSE")),)
    )
    data = data_of(experiment)
    events, _ = run(experiment, data, tmp_path)
    assert expected(experiment, data.columns) == "val/mae" and events[-1].metrics["val/mae"] > 0
    assert used_columns(experiment, data.columns) == ("prior",)

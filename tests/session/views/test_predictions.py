"""A picture of one's own is answered as the same picture in the run's data is, whatever file it comes from."""

import contextlib
import json
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

from tests.session.waiting import DEADLINE_S, steps, wait_for
from tests.training.experiments import data_of, digits, endless
from workbench import cli
from workbench.data.progress import Cancelled, silent
from workbench.events import RunPaused
from workbench.runs.mailbox import Command
from workbench.runs.store import open_run
from workbench.session.running.in_thread import start
from workbench.session.running.replay import Replay
from workbench.session.views.insight import Insight
from workbench.session.views.mistakes.asked import mistakes_of_run
from workbench.session.views.network import Network, network_of_run
from workbench.session.views.own_pictures import PICTURES_AT_ONCE, OwnPictures, answers_of
from workbench.session.views.shown_checkpoint import ShownCheckpoint
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import beginning


def trained(experiment, folder):
    """Train it, and return the run's folder."""
    run = start(experiment, folder)
    wait_for(lambda: run.state == "finished")
    assert run.join(DEADLINE_S)
    return run.folder


def asked(run, *paths):
    """The pictures in order, each with its pixels and answers."""
    found = answers_of(network_of_run(run, silent), OwnPictures(paths), silent)
    assert found.is_whole
    return [SimpleNamespace(pixels=found.picture(number), answers=found.answers(number)) for number in found.order]


def network(experiment, step=1):
    """An untrained one."""
    dataset = data_of(experiment)
    plan, state = beginning.prepare(experiment, dataset)
    return Network(module=state.module.eval(), plan=plan, dataset=dataset, step=step)


def answered(pictures, step=-1):
    """Wait for all answers, of a network after a later step."""
    wait_for(lambda: (found := pictures.latest.newest()) is not None and found[1].is_whole and found[1].step > step)
    return pictures.latest.newest()[1]


def corrupted_by(kind, experiment):
    return replace(experiment, data=replace(experiment.data, corruption=Component(type=kind)))


def first_choices(found):
    """The likeliest class of each picture, and its confidence."""
    choices = [each.answers[0].choices[0] for each in found]
    return [choice.name for choice in choices], [choice.confidence for choice in choices]


def save_all(folder, pictures):
    """Save uint8 [N, 1, H, W] as PNG files whose names are in order."""
    folder.mkdir()
    for number, (picture,) in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{number:04}.png")
    return folder


def test_a_validation_picture_saved_as_png_has_the_answer_of_mistakes_and_of_the_onnx_file(tmp_path):
    run = trained(digits(epochs=3), tmp_path / "runs")
    pictures = data_of(digits()).val.inputs.numpy()
    assert len(pictures) > PICTURES_AT_ONCE, "they are answered in several batches"
    found = asked(run, save_all(tmp_path / "mine", pictures))
    assert np.array_equal(np.stack([each.pixels for each in found]), pictures)
    names, confidence = first_choices(found)

    (evaluated,) = mistakes_of_run(run, silent, "val").heads
    assert names == [evaluated.class_names[label] for label in evaluated.predicted]
    assert confidence == pytest.approx(evaluated.confidence, rel=1e-5)

    file = tmp_path / "digits.onnx"
    assert cli.main(["export", str(run), str(file)]) == 0
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    known = json.loads(session.get_modelmeta().custom_metadata_map["preprocessing"])
    (logits,) = session.run(
        None, {"input": (pictures / np.float32(255) - np.float32(known["mean"])) / np.float32(known["std"])}
    )
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert len({len(each.answers[0].choices) for each in found}) == 1
    for each, row in zip(found, shares, strict=True):
        likeliest = np.argsort(-row)[:5]
        assert [int(choice.name) for choice in each.answers[0].choices] == likeliest.tolist()
        assert [choice.confidence for choice in each.answers[0].choices] == pytest.approx(row[likeliest], rel=1e-3)


@pytest.mark.parametrize("kind", ["colour", "12 bits", "colour, downscaled"])
def test_files_of_the_runs_own_folder_have_the_answers_of_mistakes(tmp_path, kind):
    """Larger, of other proportions, in colour for a network that takes colour, or of more than 8 bits."""
    random = np.random.default_rng(0)
    for number in range(40):
        folder = tmp_path / "data" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        if kind != "12 bits":
            pixels = random.integers(0, 128 + 127 * (number % 2), (20, 31, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{number:02}.jpg")
        else:
            pixels = random.integers(0, 150 + 90 * number, (20, 31)).astype(np.uint16)
            Image.fromarray(pixels).save(folder / f"{number:02}.tif")
    source = Component(type="ImageFolder", parameters={"folder": str(tmp_path / "data")})
    experiment = replace(digits(epochs=2, batch_size=8), data=DataRecipe(source=source))
    channels = 1 if kind == "12 bits" else 3
    experiment = override(experiment, "architecture.graph.nodes.input.shape", f"[{channels}, 12, 16]")
    if kind == "colour, downscaled":
        experiment = corrupted_by("Downscale", experiment)
    run = trained(experiment, tmp_path / "runs")
    (evaluated,) = mistakes_of_run(run, silent, "train").heads
    found = asked(run, *(tmp_path / "data" / name for name in evaluated.names))
    assert found[0].pixels.shape == (channels, 12, 16)
    names, confidence = first_choices(found)
    assert names == [evaluated.class_names[label] for label in evaluated.predicted]
    assert confidence == pytest.approx(evaluated.confidence, rel=1e-5)


def test_noise_in_the_input_does_not_depend_on_the_other_pictures_and_is_shown(tmp_path):
    experiment = corrupted_by("Noise", digits(epochs=1))
    run = trained(experiment, tmp_path / "runs")
    dataset = data_of(experiment)
    pictures = dataset.val.inputs.numpy()[: PICTURES_AT_ONCE + 6]
    mine = save_all(tmp_path / "mine", pictures)
    together = asked(run, mine)
    for place in (0, 1, PICTURES_AT_ONCE - 1, PICTURES_AT_ONCE, len(pictures) - 1):
        (alone,) = asked(run, mine / f"{place:04}.png")
        assert np.array_equal(alone.pixels, together[place].pixels)
        assert not np.array_equal(alone.pixels, pictures[place])
        (shares, again) = (
            [choice.confidence for choice in each.answers[0].choices] for each in (alone, together[place])
        )
        assert shares == pytest.approx(again, rel=1e-4)

    plan, state = beginning.of_checkpoint(experiment, dataset, open_run(run).checkpoint)
    first = next(plan.val.in_order()).inputs[:1]
    assert np.array_equal(together[0].pixels, plan.val.pictures(first)[0].numpy()), "the noise of an evaluation"
    with torch.no_grad():
        shares = state.module.eval()(first)["output"].softmax(dim=1)[0]
    (likeliest, *_) = together[0].answers[0].choices
    assert (likeliest.name, likeliest.confidence) == (
        str(int(shares.argmax())),
        pytest.approx(shares.max().item(), rel=1e-4),
    )


def test_labels_and_a_number_are_those_that_the_network_gives(tmp_path):
    experiment = read_experiment("two-heads-shapes")
    for path, value in (("training.epochs", "2"), ("training.device", "cpu"), ("data.source.num_pictures", "400")):
        experiment = override(experiment, path, value)
    run = trained(experiment, tmp_path / "runs")
    dataset = data_of(experiment)
    pictures = dataset.test.inputs.numpy()
    found = asked(run, save_all(tmp_path / "mine", pictures))
    plan, state = beginning.of_checkpoint(experiment, dataset, open_run(run).checkpoint)
    with torch.no_grad():
        outputs = [state.module.eval()(batch.inputs) for batch in plan.test.in_order()]
    heads = {head.column.kind: head for head in plan.heads}
    numbers, logits = (torch.cat([each[heads[kind].output] for each in outputs]) for kind in ("number", "labels"))
    names = np.array(heads["labels"].column.names)
    for each, number, logit in zip(found, numbers[:, 0].tolist(), logits.numpy(), strict=True):
        by_target = {answer.target: answer for answer in each.answers}
        assert by_target["covered"].numbers == pytest.approx((number,), rel=1e-4, abs=1e-4)
        assert by_target["covered"].unit == "%"
        given = by_target["shapes"].given
        assert {choice.name for choice in given} == set(names[logit >= 0])
        shares = {choice.name: choice.confidence for choice in by_target["shapes"].choices}
        assert shares == pytest.approx(dict(zip(names, 1 / (1 + np.exp(-logit)), strict=True)), rel=1e-4)
    assert len({tuple(choice.name for choice in each.answers[0].given) for each in found}) > 1


def test_a_network_for_rows_says_why_it_cannot_be_asked(tmp_path):
    experiment = override(override(read_experiment("mlp-wines"), "training.epochs", "1"), "training.device", "cpu")
    run = trained(experiment, tmp_path)
    words = "was trained on rows of numbers, not on pictures: Run → Try your own rows asks it about"
    with pytest.raises(SpecError, match=words):
        asked(run, tmp_path)


def test_a_network_is_asked_while_it_learns_and_at_its_end_about_pictures_that_are_read_once(tmp_path):
    mine = save_all(tmp_path / "mine", data_of(digits()).val.inputs.numpy()[:3])
    run = start(endless(), tmp_path / "runs")
    pictures = OwnPictures([mine])
    run.insight.pictures.ask(pictures)
    first = answered(pictures)
    (mine / "0000.png").unlink()
    wait_for(lambda: any(event.step > first.step for event in steps(run)))
    run.do(Command(do="pause"))
    wait_for(lambda: isinstance(run.log.outline()[-1], RunPaused))
    run.insight.pictures.ask(pictures)
    later = answered(pictures, first.step)
    assert len(later) == len(first) == 3 and not later.problem
    assert all((later.values(0, place) != first.values(0, place)).any() for place in range(10))
    run.do(Command(do="stop"))
    wait_for(lambda: run.state == "stopped")
    others = OwnPictures([mine])
    run.insight.pictures.ask(others)
    again = answered(others)
    assert len(again) == 2 and again.step >= later.step, "other pictures are read anew"
    assert run.join(DEADLINE_S)
    run = Replay(run.folder)
    others = OwnPictures([mine])
    run.insight.pictures.ask(others)
    shown = answered(others)
    assert [shown.answers(number) for number in range(2)] == [each.answers for each in asked(run.folder, mine)]
    assert run.join(DEADLINE_S)


def test_a_run_in_another_process_is_asked_by_its_checkpoint(tmp_path):
    mine = save_all(tmp_path / "mine", data_of(digits()).val.inputs.numpy()[:3])
    run = trained(digits(epochs=1), tmp_path / "runs")
    said = []
    insight = Insight(said.append)
    shown = ShownCheckpoint(run, digits(epochs=1), said.append)
    with contextlib.closing(insight), contextlib.closing(shown):
        shown.saved()
        pictures = OwnPictures([mine])
        insight.pictures.ask(pictures)

        def is_answered():
            shown.serve(insight)
            return pictures.latest.newest() is not None and pictures.latest.newest()[1].is_whole

        wait_for(is_answered)
        answer = answered(pictures)
    assert (answer.problem, said) == ("", [])
    assert [answer.answers(number) for number in range(3)] == [each.answers for each in asked(run, mine)]


def test_cancelling_ends_the_answering_before_the_next_batch(tmp_path):
    mine = save_all(tmp_path / "mine", data_of(digits()).val.inputs.numpy()[: 2 * PICTURES_AT_ONCE])
    asked, pictures, sizes = network(digits()), OwnPictures([mine]), []
    asked.module.register_forward_hook(lambda _module, inputs, _outputs: sizes.append(len(inputs[0])))

    def cancel_once_asked(*_):
        if sizes:
            raise Cancelled

    found = pictures.answer(asked, cancel_once_asked)
    assert sizes == [PICTURES_AT_ONCE] and not found.is_whole
    assert pictures.answer(asked, silent).is_whole and sizes == [PICTURES_AT_ONCE] * 2, (
        "those answered are not asked again"
    )

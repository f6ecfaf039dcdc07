"""A report is whole by itself, says the numbers of the log, and what is missing; it gives nothing else away."""

import io
import re
import shutil
from base64 import b64decode
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.compiler.networks import network, node
from tests.data.sources.test_table_numbers import write_csv
from tests.session.waiting import DEADLINE_S, act_at, logged, wait_for
from tests.training.experiments import data_of, digits, variational, with_training
from workbench import cli
from workbench.data.progress import silent
from workbench.events import EpochFinished, FinalTest, RecipeChanged, RunStarted, StepFinished
from workbench.runs.log import encode
from workbench.runs.notes import NOTES, annotate
from workbench.runs.store import BEST, EVENTS, LAST, create_run, held, open_run
from workbench.session.exchange.report import charts, facts, page
from workbench.session.exchange.report.graph import graph_picture
from workbench.session.exchange.report.write import write_report
from workbench.session.running.in_thread import start
from workbench.session.views.mistakes.asked import mistakes_of_run
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Head
from workbench.spec.files import read_architecture, read_experiment
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

VOID = ("meta", "br", "img")
HOSTILE = '<script>alert("x")</script>&'


class Page(HTMLParser):
    """The parts of a report; its tags have to be balanced."""

    def __init__(self, file):
        super().__init__()
        self.open, self.texts, self.tags, self.attributes = [], [], [], []
        self.cells, self.lines, self.ticks = [], [], {"x": [], "y": []}
        self.feed(file.read_text())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append((tag, given))
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "polyline" and "line" in self.open[-1][1].get("class", "") and self.open[-2][1].get("role") == "img":
            points = [tuple(map(float, point.split(","))) for point in dict(attributes)["points"].split()]
            self.lines.append((self.open[-2][1]["aria-label"], self.open[-1][1]["class"], points))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        tag, given = self.open[-1] if self.open else ("", {})
        if tag != "style":
            self.texts.append(data)
        if tag in ("td", "th"):
            self.cells[-1][-1] += data
        if tag == "text" and given.get("class") in self.ticks and data != "epochs":
            chart = self.open[-2][1]["aria-label"]
            number = float(data.replace(" %", "")) / (100 if "%" in data else 1)
            self.ticks[given["class"]].append((chart, float(given[given["class"]]), number))

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def row(self, first):
        return next(cells for cells in self.cells if cells[0] == first)

    def points(self, title, kind):
        """The points of a chart's line, in the units of its ticks."""
        chart, _, drawn = next(line for line in self.lines if line[0].startswith(f"{title} over") and line[1] == kind)
        scales = []
        for axis in ("x", "y"):
            (at, first), *_, (to, last) = [tick[1:] for tick in self.ticks[axis] if tick[0] == chart]
            scales.append(
                lambda place, at=at, to=to, first=first, last=last: first + (place - at) / (to - at) * (last - first)
            )
        return np.array([(scales[0](x), scales[1](y)) for x, y in drawn])


def trained(experiment, runs):
    run = start(experiment, runs)
    wait_for(lambda: run.state in ("finished", "failed"))
    assert run.join(DEADLINE_S) and run.state == "finished"
    return run.folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of two runs that differ in the seed, and one with another learning rate."""
    folder = tmp_path_factory.mktemp("runs")
    trained(digits(epochs=3), folder)
    trained(replace(digits(epochs=3), seed=4), folder)
    trained(digits(epochs=3, lr=0.01), folder)
    return folder


@pytest.fixture
def one(runs, tmp_path):
    """A copy of the first run."""
    return shutil.copytree(sorted(runs.iterdir())[0], tmp_path / "runs" / "digits-1")


def reported(folders, tmp_path):
    file = tmp_path / "out" / "report.html"
    written = write_report(folders, file, silent)
    assert written.size_bytes == file.stat().st_size < 2_000_000
    return Page(file), written


def experiment_in(shown, tmp_path):
    (written,) = (text for text in shown.texts if text.startswith('{\n  "format"'))
    (tmp_path / "again.json").write_text(written)
    return read_experiment(tmp_path / "again.json")


def of(folder, kind):
    return [event for event in logged(folder) if isinstance(event, kind)]


def test_a_report_is_one_file_without_scripts_or_addresses(runs, tmp_path):
    shown, _ = reported(sorted(runs.iterdir()), tmp_path)
    assert "script" not in shown.tags and "link" not in shown.tags
    sources = [value for name, value in shown.attributes if name in ("src", "href", "action")]
    assert len(sources) == 60 and all(value.startswith("data:image/png;base64,") for value in sources)
    text = (tmp_path / "out" / "report.html").read_text()
    assert "url(" not in text and "@import" not in text and not re.search(r"https?://", text)
    assert len([value for name, value in shown.attributes if name == "alt" and value]) == 60
    named = re.findall('<svg [^>]*(?:role="img" aria-label="[^"]|aria-hidden)', text)
    assert len(named) == text.count("<svg") > 0


def test_its_headings_are_in_order_and_its_tables_have_some(runs, tmp_path):
    """As screen readers need them, for one run and for several."""
    folders = sorted(runs.iterdir())
    for chosen in (folders[:1], folders[:2]):
        shown, _ = reported(chosen, tmp_path)
        levels = [int(tag[1]) for tag in shown.tags if tag in ("h1", "h2", "h3", "h4")]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert shown.tags.count("table") == shown.tags.count("thead") and ("scope", "row") in shown.attributes


def test_its_numbers_are_those_of_the_log(one, tmp_path):
    """Also of a run that was best before its end, as a log says whose second epoch has another loss."""
    events = [
        replace(event, metrics={**event.metrics, "val/loss": 0.0123})
        if isinstance(event, EpochFinished) and event.epoch == 2
        else event
        for event in logged(one)
    ]
    (one / EVENTS).write_bytes(encode(events))
    shown, _ = reported([one], tmp_path)
    assert "The lowest validation loss, 0.0123, came after epoch 2" in shown.text
    *_, last = of(one, EpochFinished)
    (tested,) = of(one, FinalTest)
    best = min(of(one, EpochFinished), key=lambda event: event.metrics["val/loss"])
    columns = [("train", last.metrics), ("val", best.metrics), ("val", last.metrics), ("test", tested.metrics)]
    assert shown.row("Accuracy")[1:] == [f"{100 * metrics[f'{split}/top1']:.1f} %" for split, metrics in columns]
    assert shown.row("Loss")[1:] == [f"{metrics[f'{split}/loss']:.4g}" for split, metrics in columns]
    assert f"Accuracy {100 * tested.metrics['test/top1']:.1f} % on the test split" in shown.text
    assert "The run finished after 3 of 3 epochs" in shown.text
    (started,) = of(one, RunStarted)
    assert (
        f"{started.num_parameters:,} parameters" in shown.text and f"torch {started.environment['torch']}" in shown.text
    )


def test_its_curves_have_the_points_of_the_log(one, tmp_path):
    shown, _ = reported([one], tmp_path)
    for title, metric in (("Loss", "loss"), ("Accuracy", "top1")):
        for kind, split in (("line c0", "train"), ("line c1", "val")):
            expected = [(event.epoch, event.metrics[f"{split}/{metric}"]) for event in of(one, EpochFinished)]
            np.testing.assert_allclose(shown.points(title, kind), expected, atol=0.01)
    (started,) = of(one, RunStarted)
    expected = [(event.step / started.steps_per_epoch, event.loss) for event in of(one, StepFinished)]
    np.testing.assert_allclose(shown.points("Loss", "line c0 faint"), expected, atol=0.01)


def test_its_matrix_and_pictures_are_those_of_the_mistakes(one, tmp_path):
    """Also where the run's device is not there."""
    (found,) = mistakes_of_run(one, silent).heads
    experiment = (one / "experiment.json").read_text()
    (one / "experiment.json").write_text(experiment.replace('"device": "cpu"', '"device": "mps"'))
    shown, _ = reported([one], tmp_path)
    matrix = [[int(cell) if cell != "·" else 0 for cell in cells[1:]] for cells in shown.cells if len(cells) == 11][1:]
    np.testing.assert_array_equal(matrix, found.matrix)
    counts = [cells[1:] for cells in shown.cells if len(cells) == 4 and all(map(str.isdecimal, cells))]
    splits = (data_of(digits()).splits[name].targets["class"] for name in ("train", "val", "test"))
    np.testing.assert_array_equal(np.array(counts, int), np.stack([np.bincount(each) for each in splits], axis=1))
    alts = [value for name, value in shown.attributes if name == "alt"]
    wrong = [index for index in found.worst if found.labels[index] != found.predicted[index]][:20]
    assert [alt.partition(":")[0] for alt in alts] == [found.names[index] for index in wrong]


def test_the_experiment_in_it_trains_to_the_same_log(one, tmp_path):
    shown, _ = reported([one], tmp_path)
    again = experiment_in(shown, tmp_path)
    assert again == open_run(one).experiment
    folder = trained(again, tmp_path)
    assert [event.metrics for event in of(folder, EpochFinished)] == [event.metrics for event in of(one, EpochFinished)]


def test_names_of_strangers_are_text(one, tmp_path):
    saved = (
        (one / "experiment.json")
        .read_text()
        .replace('"name": "digits"', f'"name": {HOSTILE!r}'.replace("'", '"').replace('"x"', "1"))
    )
    (one / "experiment.json").write_text(saved)
    annotate(one, note='</pre><img src="http://evil.example/x">', tags=["<b>"], without=())
    shown, _ = reported([one], tmp_path)
    assert "script" not in shown.tags and "b" not in shown.tags
    assert "<script>alert(1)</script>&" in shown.text and '<img src="http://evil.example/x">' in shown.text
    assert not [value for name, value in shown.attributes if name == "src" and value.startswith("http")]


def test_a_class_whose_name_looks_like_the_way_to_a_file_keeps_it(one, tmp_path):
    """As those of Open Images and AudioSet do."""
    log = (one / "events.jsonl").read_text()
    (one / "events.jsonl").write_text(log.replace('"3"', '"/m/01dog"'))
    annotate(one, note="as in /home/ada/notes.txt", tags=(), without=())
    shown, _ = reported([one], tmp_path)
    assert "2, /m/01dog, 4" in shown.text and "as in notes.txt" in shown.text


def test_repeats_are_averaged_and_settings_that_differ_come_first(runs, tmp_path):
    folders = sorted(runs.iterdir())
    shown, written = reported([folders[2], *folders[:2], folders[0]], tmp_path)
    assert written.runs == 3 and shown.cells[0][:2] == ["runs", "learning rate"]
    values = np.array([of(folder, FinalTest)[0].metrics["test/top1"] for folder in folders[:2]])
    seeds = next(cells for cells in shown.cells if cells[0] == "2 seeds")
    assert seeds[1] == "0.05" and seeds[4] == f"accuracy {100 * values.mean():.1f} ± {100 * values.std(ddof=1):.1f} %"
    alone = [(event.epoch, event.metrics["val/loss"]) for event in of(folders[2], EpochFinished)]
    np.testing.assert_allclose(shown.points("Loss on validation", "line c1"), alone, atol=0.01)
    drawn = [line for line in shown.lines if line[0].startswith("Loss on validation")]
    assert sorted(kind for _, kind, _ in drawn) == ["line c0", "line c0", "line c1"]
    assert "learning rate 0.05 (2 seeds)" in shown.text and "learning rate 0.1 (" not in shown.text
    assert shown.tags.count("section") == 4 and "3 runs compared" in shown.text


def test_a_change_during_the_run_is_marked_and_the_experiment_is_as_it_began(tmp_path):
    run = start(digits(epochs=3), tmp_path / "runs")
    act_at(run, 1, lambda: run.change("training.optimizer.lr", 0.01))
    assert run.join(DEADLINE_S) and run.state == "finished"
    (change,) = of(run.folder, RecipeChanged)
    shown, _ = reported([run.folder], tmp_path)
    assert f"after step {change.step:,}: learning rate 0.05 → 0.01" in shown.text
    numbers = re.findall(r'mark-number"[^>]*>(.*?)<', (tmp_path / "out" / "report.html").read_text())
    assert len(numbers) >= 2 and set(numbers) == {"1"}
    assert experiment_in(shown, tmp_path) == digits(epochs=3)


def test_what_is_missing_is_said_and_the_rest_is_there(one, tmp_path):
    (one / BEST).unlink()
    (one / LAST).write_bytes(b"damaged")
    shown, written = reported([one], tmp_path)
    assert len(written.missing) == 1 and "last.safetensors: this checkpoint cannot be read" in shown.text
    assert shown.row("Loss") and "Mistakes" not in shown.texts
    (one / LAST).unlink()
    (one / NOTES).write_text("{")
    no_checkpoint, no_note = reported([one], tmp_path)[1].missing
    assert "has saved no checkpoint yet" in no_checkpoint and "the note cannot be read" in no_note
    (one / EVENTS).write_bytes(encode(of(one, RunStarted)) + b'{"event":"StepFin')
    with held(one):
        shown, _ = reported([one], tmp_path)
    assert "No epoch has been finished" in shown.text and "The run is still training" in shown.text
    (one / EVENTS).unlink()
    shown, _ = reported([one], tmp_path)
    assert "The run was stopped after 0 of 3 epochs" in shown.text and "conv" in shown.text


def test_the_prior_is_said_in_words(tmp_path):
    said = dict(facts.recipe(open_run(create_run(tmp_path, variational()))))
    assert said["Output code"] == "is compared with the standard normal distribution by KLDivergence, weight 0.015625"
    assert said["Output output"].startswith("predicts picture with MSE")


def test_a_run_that_failed_for_a_setting_is_reported_with_it(tmp_path):
    run = start(digits(lr=1e6), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "failed"
    shown, written = reported([run.folder], tmp_path)
    assert "The run failed after step 0" in shown.text and "expected a number <= 100" in shown.text
    assert len(written.missing) == 1 and "training.optimizer.lr 1e+06" in shown.text


def test_a_run_that_cannot_be_read_does_not_take_the_others_along(runs, one, tmp_path):
    (one / "experiment.json").write_text("{")
    shown, _ = reported([one, sorted(runs.iterdir())[1]], tmp_path)
    assert "Not in this report:" in shown.text and shown.row("Loss")
    with pytest.raises(SpecError, match="experiment.json"):
        write_report([one], tmp_path / "none.html", silent)
    assert not (tmp_path / "none.html").exists()


def test_data_that_is_gone_is_said_without_the_way_to_it(tmp_path):
    """Of a table of numbers, with the largest errors while it is there."""
    home = tmp_path / "Ann Other" / "secret place"
    home.mkdir(parents=True)
    draws = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    path = write_csv(home / "waves.csv", ["a", "b", "y"], [[a, b, 3 * a + b] for a, b in draws.round(6).tolist()])
    line = network(
        node("input", "Input", shape=[2]), node("fc", "Linear", "input", out_features=1), node("out", "Output", "fc")
    )
    source = Component(type="TableFile", parameters={"file": str(path), "types": ["y=number"]})
    experiment = replace(
        with_training(digits(epochs=2)), architecture=line, data=DataRecipe(source=source), name="waves"
    )
    folder = trained(experiment, home)
    shown, written = reported([folder], tmp_path)
    (tested,) = of(folder, FinalTest)
    errors = [
        abs(float(actual) - float(predicted))
        for actual, predicted in re.findall(r"(\S+), predicted (\S+)", shown.text.replace("−", "-"))
    ]
    assert len(errors) == 20 and all(before >= after - 1e-3 for before, after in pairwise(errors))
    assert "It expects waves.csv beside it." in shown.text
    assert experiment_in(shown, tmp_path).data.source.parameters["file"] == str(tmp_path / "waves.csv")
    assert written.missing == () and errors[0] == pytest.approx(tested.metrics["test/maxerror"], rel=0.01)
    path.unlink()
    shown, written = reported([folder], tmp_path)
    assert len(written.missing) == 1 and "waves.csv" in shown.text and "The largest errors" not in shown.text
    text = (tmp_path / "out" / "report.html").read_text()
    assert "Other" not in text and "secret" not in text and str(tmp_path) not in text


def test_each_of_several_heads_has_its_title(tmp_path):
    experiment = digits(epochs=1)
    graph = experiment.architecture.graph
    more = (node("fc2", "Linear", *graph.by_name["fc"].inputs, out_features=10), node("second", "Output", "fc2"))
    architecture = replace(experiment.architecture, graph=replace(graph, nodes=(*graph.nodes, *more)))
    heads = (Head(output="output"), Head(output="second"))
    experiment = with_training(replace(experiment, architecture=architecture), heads=heads)
    shown, _ = reported([trained(experiment, tmp_path / "runs")], tmp_path)
    assert "output → class" in shown.text and "second → class" in shown.text


def test_of_labels_each_has_its_shares_and_the_most_confident_mistakes_are_shown(tmp_path):
    experiment = override(read_experiment("labels-shapes"), "training.epochs", "1")
    folder = trained(override(experiment, "data.source.num_pictures", "100"), tmp_path)
    shown, written = reported([folder], tmp_path)
    assert written.missing == ()
    (found,) = mistakes_of_run(folder, silent).heads
    assert f"The mean average precision is {100 * found.mean_average_precision:.1f} % " in shown.text
    for label, name in enumerate(found.label_names):
        cells = [
            f"{100 * share:.1f} %" for share in (found.counts(label).recall, found.curves[label].average_precision)
        ]
        row = shown.row(name)
        assert row[1] == f"{found.actual[:, label].sum():,}" and [row[3], row[6]] == cells
    alts = [value for name, value in shown.attributes if name == "alt"]
    assert [alt.partition(":")[0] for alt in alts] == [found.names[index] for index, _ in found.worst(20)]
    index, label = found.worst(1)[0]
    has, chance = ("has", "has not")[not found.actual[index, label]], found.probabilities[index, label]
    assert alts[0].endswith(f": {has} {found.label_names[label]}, predicted with {100 * chance:.1f} %")


def test_of_predicted_pictures_the_worst_are_shown_beside_what_was_wanted(tmp_path):
    blurred = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("conv", "Conv2d", "input", out_channels=1, kernel_size=3, padding=1),
        node("out", "Output", "conv"),
    )
    head = Head(output="out", target="picture", loss=Component(type="MSE"))
    folder = trained(replace(with_training(digits(epochs=1), heads=(head,)), architecture=blurred), tmp_path)
    shown, written = reported([folder], tmp_path)
    (tested,) = of(folder, FinalTest)
    assert written.missing == () and f" PSNR {tested.metrics['test/psnr']:.4g} dB, " in shown.text
    (found,) = mistakes_of_run(folder, silent).heads
    alts = [value for name, value in shown.attributes if name == "alt"]
    assert [alt.partition(":")[0] for alt in alts] == found.names[np.argsort(found.psnr, kind="stable")[:8]].tolist()
    (first, *_) = [value for name, value in shown.attributes if name == "src"]
    picture = Image.open(io.BytesIO(b64decode(first.partition(",")[2])))
    assert picture.size == (32, 8)
    (worst,) = found.predictions([int(found.psnr.argmin())])
    np.testing.assert_array_equal(np.asarray(picture)[:, 8:16, 0], worst.wanted[0])


def test_a_million_steps_keep_their_peaks_and_gaps_in_a_thousand_points():
    y = np.random.default_rng(0).normal(size=1_000_000)
    y[[7, 500_003]] = 50, -50
    y[700_000:705_000] = np.nan  # longer than a bucket
    x = np.arange(len(y)) / 1000
    found_x, found_y = charts.thinned(x, y)
    assert len(found_x) <= 3 * charts.MOST_BUCKETS and (np.diff(found_x) > 0).all()
    assert np.nanmax(found_y) == 50 and np.nanmin(found_y) == -50 and found_x[np.nanargmax(found_y)] == 0.007
    drawn = charts.chart("Loss", [charts.Line(name="all", x=x, y=y)])
    assert len(drawn.lines[0].pieces) == 2 and sum(map(len, drawn.lines[0].pieces)) < 40_000


@pytest.mark.parametrize("values", [[1e20], [1e17, 1e17], [0.0, 5e-324], [3.4e38, 3.4e38, 1.0], [1.0, 1.0 + 2e-16]])
def test_a_chart_of_any_losses_is_drawn_within_its_frame(values):
    """As of a run that diverged in its first epoch."""
    line = charts.Line(name="Training", x=np.arange(1.0, len(values) + 1), y=np.array(values))
    drawn = charts.chart("Loss", [line])
    for _, y in drawn.lines[0].dots:
        assert drawn.top <= y <= drawn.bottom
    assert len(drawn.lines[0].dots) == len(values) and all(np.isfinite(place) for place, _ in drawn.y_ticks)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.123, 0.1234), (-3, 1e6), (2.0, 2.5)])
def test_ticks_are_round_and_within(low, high):
    found = charts.ticks(low, high)
    assert 2 <= len(found) <= charts.MOST_TICKS and all(low <= tick <= high for tick in found)


def test_texts_are_readable_in_both_themes():
    """By the contrast of WCAG 2.2: 4.5 for text, also on the strongest cell of a matrix; 3 for curves."""
    css = Path(page.__file__).with_name("page.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)
    assert len(blocks) == 2
    for block in blocks:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", block))
        heat = [float(part) for part in re.search(r"--heat: ([\d, ]+)", block)[1].split(",")]
        paper, surface = (_rgb(colours[name]) for name in ("paper", "surface"))
        strongest = [0.45 * colour + 0.55 * behind for colour, behind in zip(heat, paper, strict=True)]
        for behind in (paper, surface):
            assert all(_contrast(_rgb(colours[name]), behind) >= 4.5 for name in ("text", "muted", "accent"))
        assert _contrast(_rgb(colours["text"]), strongest) >= 4.5
        assert all(_contrast(_rgb(colours[f"c{number}"]), paper) >= 3 for number in range(charts.NUM_COLOURS))


def _rgb(colour):
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _contrast(first, second):
    def luminance(colour):
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (each / 255 for each in colour)
        ]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def test_the_command_writes_it_and_says_what_is_missing(one, tmp_path, capsys):
    file = tmp_path / "a report.html"
    assert cli.main(["report", str(one), "-o", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}\n" and Page(file).row("Loss")
    assert cli.main(["report", str(one), "-o", str(tmp_path / "report.pdf")]) == 2
    assert "the file name must end in .html" in capsys.readouterr().err
    (one / BEST).unlink()
    (one / LAST).unlink()
    assert cli.main(["report", str(one), "-o", str(file)]) == 0
    assert "has saved no checkpoint yet" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["resnet18", "unet_mini", "googlenet_mini", "densenet_mini"])
def test_a_graph_is_drawn_without_overlap_and_its_skips_pass_beside_the_boxes(name):
    network = read_architecture(name).graph
    drawn = graph_picture(network)
    assert {box.name for box in drawn.boxes} == set(network.by_name)
    assert len(drawn.paths) == sum(len(node.inputs) for node in network.nodes)
    (width, height), (left, top) = drawn.box, drawn.corner
    for box, other in combinations(drawn.boxes, 2):
        assert abs(box.x - other.x) >= width or abs(box.y - other.y) >= height
    numbers = [tuple(map(float, lane)) for path in drawn.paths for lane in re.findall(r"V(\S+) H(\S+) V(\S+)", path)]
    assert len(numbers) == {"resnet18": 1, "unet_mini": 2}.get(name, len(numbers))
    for begins, lane, ends in numbers:
        passed = [box for box in drawn.boxes if min(begins, ends) < box.y < max(begins, ends)]
        assert left < lane < left + drawn.size[0] and not [box for box in passed if box.x <= lane <= box.x + width]
    assert all(left < box.x < left + drawn.size[0] - width and top < box.y < top + drawn.size[1] for box in drawn.boxes)


def test_no_letter_of_a_long_tick_is_cut_off():
    drawn = charts.chart(
        "Accuracy", [charts.Line(name="", x=np.array([1, 2]), y=np.array([0.99421, 0.9948]))], is_share=True
    )
    assert max(len(words) for _, words in drawn.y_ticks) > 6
    em = 13 / 2048  # of a letter in DejaVu Sans, which is wide: a digit has 1303 units, the rest less or hardly more
    assert all(1303 * em * len(words) <= drawn.left - 6 for _, words in drawn.y_ticks)

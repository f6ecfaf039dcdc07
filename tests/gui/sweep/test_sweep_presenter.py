"""A sweep without Qt: the settings and their names, values as people type them, the number of runs, what is wrong."""

import pytest

from workbench.gui.experiment.selected import Selected
from workbench.gui.sweep import values
from workbench.gui.sweep.presenter import Row, SweepPresenter
from workbench.gui.sweep.settings import Setting, found, settings_of
from workbench.session.editing.sweeping import Checked
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.sweep import sweep

RATE, BATCH = "training.optimizer.lr", "training.batch_size"
CHANNELS = "architecture.graph.nodes.conv2.out_channels"


@pytest.fixture(scope="module")
def lenet() -> Experiment:
    return read_experiment("lenet")


def by_title(experiment: Experiment, *selected: str) -> dict[str, Setting]:
    chosen = Selected(names=frozenset(selected))
    return {setting.title: setting for setting in settings_of(experiment, chosen)}


def test_settings_have_the_names_of_the_rest_of_the_window(lenet: Experiment) -> None:
    known = by_title(override(lenet, "data.augmentation", '[{"type": "Shift"}]'))
    for title, path, text in (
        ("learning rate", RATE, "0.05"),
        ("momentum", "training.optimizer.momentum", "0.9"),
        ("weight decay", "training.optimizer.weight_decay", "0"),
        ("optimizer", "training.optimizer.type", "SGD"),
        ("batch size", BATCH, "128"),
        ("epochs", "training.epochs", "15"),
        ("seed", "seed", "0"),
        ("schedule", "training.schedule.type", "Cosine"),
        ("initialisation", "training.initialiser.type", "Default"),
        ("clip gradients at", "training.clip_norm", "off"),
        ("validation share", "data.validation_share", "0.1"),
        ("fold", "data.fold", "none"),
        ("max pixels of Shift", "data.augmentation.Shift.max_pixels", "2"),
        ("out channels of conv2", CHANNELS, "16"),
        ("shape of input", "architecture.graph.nodes.input.shape", "[1, 28, 28]"),
        ("bias of fc1", "architecture.graph.nodes.fc1.bias", "yes"),
    ):
        setting = known[title]
        assert (setting.path, values.show(setting.value, setting.parameter)) == (path, text)
    assert "out features of fc3" not in known, "it is bound to the number of classes"


@pytest.mark.parametrize("name", ["lenet", "resnet18", "vit_b_16", "unet_mini", "two-heads-shapes", "mlp-moons"])
def test_each_setting_is_where_its_path_says_and_its_value_reads_back(name: str) -> None:
    experiment = read_experiment(name)
    settings = settings_of(experiment, Selected())
    assert len({setting.path for setting in settings}) == len(settings)
    assert len({setting.title for setting in settings}) == len(settings)
    for setting in settings:
        typed = values.show(setting.value, setting.parameter)
        assert values.read(typed, setting.parameter) == setting.value
        override(experiment, setting.path, setting.written(setting.value))
        for few in values.suggested(setting.value, setting.parameter):
            assert values.read(values.show(few, setting.parameter), setting.parameter) == few


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("weight decay", "0, 0.0001, 0.001"),
        ("momentum", "0, 0.5, 0.9"),
        ("kernel size of conv2", "3, 5, 7"),
        ("kernel size of pool1", "1, 2, 4"),
        ("stride of conv2", "1, 2"),
        ("padding of conv1", "1, 2, 3"),
        ("padding of conv2", "0, 1, 2"),
        ("mixing", "none, CutMix, Mixup"),
        ("fold", "1/5, 2/5, 3/5, 4/5, 5/5"),
    ],
)
def test_values_suggest_themselves_also_from_zero_and_for_windows(lenet: Experiment, title: str, text: str) -> None:
    experiment = override(lenet, "training.optimizer.momentum", "0")
    presenter = SweepPresenter(experiment, Selected(), [Row(path=by_title(experiment)[title].path, text="")])
    assert presenter.suggestion(0) == text
    presenter.type(0, text)
    assert presenter.asked is not None and len(sweep(experiment, presenter.asked.axes)) == text.count(",") + 1


def test_mixing_corruption_and_the_data_set_vary_too_and_keep_what_is_set_now(lenet: Experiment) -> None:
    mixed = override(override(lenet, "data.mixing.type", "Mixup"), "data.mixing.alpha", "0.7")
    rows = [Row(path="data.mixing", text="none, Mixup, CutMix"), Row(path="data.source.type", text="Digits, MNIST")]
    asked = SweepPresenter(mixed, Selected(), rows).asked
    assert asked is not None
    runs = sweep(mixed, asked.axes)
    assert [run.data.mixing and run.data.mixing.type for run in runs[::2]] == [None, "Mixup", "CutMix"]
    assert runs[2].data.mixing == mixed.data.mixing
    assert [run.data.source.type for run in runs[:2]] == ["Digits", "MNIST"]
    assert by_title(lenet)["corruption"].value == "none"
    corrected = override(lenet, "data.leave_out", '["a"]')
    assert "data set" not in by_title(corrected), "what is excluded belongs to this one"


def test_the_selected_layers_come_first_then_the_learning_rate(lenet: Experiment) -> None:
    titles = list(by_title(lenet, "conv2"))
    assert titles[0] == "out channels of conv2"
    first_of_recipe = titles.index("learning rate")
    assert all(title.endswith(" of conv2") for title in titles[:first_of_recipe])
    assert next(iter(by_title(lenet))) == "learning rate"


def test_settings_are_found_by_words_of_their_names_then_of_their_help(lenet: Experiment) -> None:
    settings = settings_of(lenet, Selected())
    lines = found(settings, "rate")
    assert (lines[0].title, lines[0].note) == ("learning rate", "0.05")
    assert found(settings, "CHANNELS conv2")[0].title == "out channels of conv2"
    assert found(settings, "units fc1")[0].title == "out features of fc1", "as its card calls them"
    assert found(settings, "overfitting")[0].title == "weight decay"
    assert not found(settings, "no such thing")


@pytest.mark.parametrize(
    ("title", "typed", "value"),
    [
        ("learning rate", "1e-3", 0.001),
        ("kernel size of conv2", "3×5", [3, 5]),
        ("kernel size of conv2", "[3, 5]", [3, 5]),
        ("kernel size of conv2", "3", 3),
        ("padding of conv2", "same", "same"),
        ("bias of fc1", "no", False),
        ("clip gradients at", "off", None),
        ("shape of input", "[3, 32, 32]", [3, 32, 32]),
        ("optimizer", "AdamW", "AdamW"),
    ],
)
def test_values_are_typed_as_in_the_forms(lenet: Experiment, title: str, typed: str, value: object) -> None:
    setting = by_title(lenet)[title]
    assert values.read(typed, setting.parameter) == value


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        (RATE, "0.1, -1", "Learning rate -1: it must be more than 0."),
        (RATE, "0.1, fast", "Learning rate fast: “fast” is not a number."),
        (RATE, "0.1, 0.10", "Learning rate: the value 0.10 is there twice."),
        (RATE, "0.1,", "Learning rate: a value is missing after 0.1: write values with commas between them."),
        (RATE, "", "Learning rate: a value is missing: write values with commas between them."),
        ("training.optimizer.type", "SGD, Adm", "Optimizer Adm: there is no such choice; there is Adam, "),
        ("training.optimizer.type", "sgd", "Optimizer sgd: there is no such choice; there is SGD."),
        ("training.decay_all", "maybe", "Decay all weights maybe: it is yes or no."),
        (
            "seed",
            ",".join(map(str, range(201))),
            "A sweep has at most 200 runs, but this one has 201: give fewer values.",
        ),
    ],
)
def test_it_is_said_what_is_wrong_with_which_value(lenet: Experiment, path: str, text: str, words: str) -> None:
    presenter = SweepPresenter(lenet, Selected(), [Row(path=path, text=text)])
    said, role = presenter.words()
    assert said.startswith(words) and role == "danger"
    assert presenter.button() == "Add runs"
    assert presenter.asked is None


def test_rows_are_added_changed_and_removed(lenet: Experiment) -> None:
    presenter = SweepPresenter(lenet, Selected(names=frozenset({"conv2"})), [])
    assert presenter.rows == (Row(path=RATE, text="0.05"),) and presenter.words() == ("1 run", "muted")
    presenter.type(0, presenter.suggestion(0))
    assert presenter.rows[0].text == "0.005, 0.05, 0.5" and presenter.words()[0] == "3 runs"
    presenter.add()
    assert presenter.rows[1] == Row(path=CHANNELS, text="16"), "what is selected suggests itself"
    presenter.choose(1, BATCH)
    assert presenter.rows[1] == Row(path=BATCH, text="128")
    presenter.type(1, "64, 128")
    assert presenter.words() == ("3 × 2 = 6 runs", "muted") and presenter.button() == "Add 6 runs"
    asked = presenter.asked
    assert asked is not None
    made = [(run.training.optimizer.parameters["lr"], run.training.batch_size) for run in sweep(lenet, asked.axes)]
    assert made == [(rate, size) for rate in (0.005, 0.05, 0.5) for size in (64, 128)]
    presenter.remove(0)
    assert [row.path for row in presenter.rows] == [BATCH]


def test_an_answer_counts_until_something_is_changed(lenet: Experiment) -> None:
    presenter = SweepPresenter(lenet, Selected(), [Row(path=CHANNELS, text="8, 16")])
    presenter.is_adding = True
    assert presenter.words()[0] == "2 runs, being checked…"
    presenter.checked = Checked(refusal="out channels of conv2 8: conv3 expects 16")
    assert presenter.words() == ("Out channels of conv2 8: conv3 expects 16.", "danger") and presenter.num_runs == 0
    presenter.type(0, "16, 32")
    assert presenter.words() == ("2 runs", "muted") and not presenter.is_adding


def test_rows_of_settings_that_another_experiment_does_not_have_are_dropped(lenet: Experiment) -> None:
    rows = [Row(path=CHANNELS, text="8, 16"), Row(path=BATCH, text="32, 64")]
    moons = read_experiment("mlp-moons")
    assert SweepPresenter(moons, Selected(), rows).rows == tuple(rows[1:])
    assert [row.path for row in SweepPresenter(moons, Selected(), rows[:1]).rows] == [RATE]

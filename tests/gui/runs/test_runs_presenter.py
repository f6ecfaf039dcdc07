"""A run's row in the table."""

from pathlib import Path

from workbench.events import EpochFinished, FinalTest, RecipeChanged, RunStarted, RunStopped
from workbench.gui.runs.presenter import COLUMNS, DATA, SETTINGS, make_row, make_rows, matching, worth_showing
from workbench.runs.notes import Notes
from workbench.runs.store import SavedRun
from workbench.spec import edits
from workbench.spec.change import with_setting
from workbench.spec.component import Component
from workbench.spec.files import read_experiment
from workbench.spec.record import replace

STARTED = RunStarted(
    at=0.0, num_parameters=61_706, steps_per_epoch=10, epochs=15, first_step=1, device="CPU", environment={}
)
CHANGES = (
    RecipeChanged(at=0.5, step=4, path="training.optimizer.lr", before=0.05, after=0.01),
    RecipeChanged(at=1.5, step=10, path="training.epochs", before=15, after=20),
)
EPOCH = EpochFinished(at=1.0, epoch=1, step=10, metrics={"val/top1": 0.905, "val/loss": 0.3}, seconds=1.0)


def test_a_row_says_how_far_and_how_good() -> None:
    tested = FinalTest(at=2.0, metrics={"test/top1": 0.89})
    run = SavedRun(
        folder=Path("/runs/2026-lenet-1"),
        experiment=read_experiment("lenet"),
        events=(STARTED, *CHANGES, EPOCH, tested),
        notes=Notes(note="does it help?\nwe will see", tags=("rates", "wide net")),
    )
    row = make_row(run, "LeNet-5")
    assert dict(zip(COLUMNS, row.words, strict=True)) == {
        "Run": "2026-lenet-1",
        "Network": "LeNet-5",
        "Data": "Fashion-MNIST, small",
        "Settings": "",
        "State": "stopped",
        "Epochs": "1 of 15",
        "Parameters": "61,706",
        "Validation": "90.5 %",
        "Test (last weights)": "89.0 %",
        "Changes": "2",
        "Tags": "rates, wide net",
        "Note": "does it help? we will see",
    }
    assert row.keys[7:10] == (0.905, 0.89, 2)
    assert row.changes == "after step 4: learning rate 0.05 → 0.01\nafter step 10: epochs 15 → 20"


def test_each_of_several_heads_has_its_measure_in_the_row() -> None:
    metrics = {"val/which/f1": 0.5, "val/which/auc": 0.9, "val/covered/mae": 0.125, "val/loss": 1.0}
    epoch = EpochFinished(at=1.0, epoch=1, step=10, metrics=metrics, seconds=1.0)
    run = SavedRun(folder=Path("r"), experiment=read_experiment("two-heads-shapes"), events=(STARTED, epoch))
    row = make_row(run, "Two answers")
    assert row.words[7:9] == ("F1 50.0 %, MAE 0.125", "")
    assert "\nvalidation: F1 of which 50.0 %, MAE of covered 0.125" in row.tip
    assert row.keys[7:9] == (0.5, -1.0)


def test_the_measure_of_several_heads_is_named_once_in_the_row_and_the_heads_in_its_tooltip() -> None:
    metrics = {"val/kind/top1": 0.5, "val/size/top1": 0.25}
    epoch = EpochFinished(at=1.0, epoch=1, step=10, metrics=metrics, seconds=1.0)
    tested = FinalTest(at=2.0, metrics={"test/kind/top1": 0.75, "test/size/top1": 0.5})
    run = SavedRun(folder=Path("r"), experiment=read_experiment("two-heads-shapes"), events=(STARTED, epoch, tested))
    row = make_row(run, "Two answers")
    assert row.words[7:9] == ("Accuracy 50.0 %, 25.0 %", "Accuracy 75.0 %, 50.0 %")
    assert "\nvalidation: accuracy of kind 50.0 %, accuracy of size 25.0 %\ntest: accuracy of kind 75.0 %" in row.tip


def test_a_run_that_never_came_to_a_step_has_empty_cells() -> None:
    run = SavedRun(folder=Path("r"), experiment=read_experiment("lenet"), events=(RunStopped(at=0.1, step=0),))
    assert make_row(run, "LeNet-5").words[5:] == ("0 of 15", "", "", "", "", "", "")


def test_networks_of_one_name_are_told_from_the_first_that_was_trained() -> None:
    lenet, other = read_experiment("lenet"), read_experiment("perceptron")
    graph = edits.retype(lenet.architecture.graph, "relu4", "Dropout", {})
    changed = replace(lenet, architecture=replace(lenet.architecture, graph=graph))
    trained = [lenet, other, changed, lenet]
    runs = [SavedRun(folder=Path(str(number)), experiment=each, events=()) for number, each in enumerate(trained)]
    words = [row.words[1] for row in make_rows(runs[::-1])]
    assert words == ["LeNet-5", "LeNet-5: relu4 ReLU → Dropout", "Perceptron", "LeNet-5"]


def test_a_run_on_own_data_names_its_folder_or_file_and_is_found_by_it() -> None:
    lenet = read_experiment("lenet")
    sources = (
        Component(type="ImageFolder", parameters={"folder": "/home/ada/pets"}),
        Component(type="TableFile", parameters={"file": "/home/ada/birds.csv"}),
        lenet.data.source,
    )
    runs = [
        SavedRun(folder=Path("lenet-1"), experiment=replace(lenet, data=replace(lenet.data, source=source)), events=())
        for source in sources
    ]
    rows = make_rows(runs)
    assert [row.words[COLUMNS.index("Data")] for row in rows] == ["pets", "birds.csv", "Fashion-MNIST, small"]
    assert matching(rows, "birds") == (rows[1],)
    assert worth_showing(rows) == {DATA} and worth_showing(rows[2:]) == set(), "the same for all says nothing"


def test_runs_of_one_network_say_which_settings_are_not_the_same_for_all() -> None:
    lenet = read_experiment("lenet")
    rates = [with_setting(lenet, "training.optimizer.lr", rate) for rate in (0.01, 0.2)]
    trained = [*(replace(each, seed=seed) for each in rates for seed in (0, 10)), read_experiment("perceptron")]
    trained[0] = with_setting(trained[0], "training.epochs", 3)
    rows = make_rows([SavedRun(folder=Path(f"{n}"), experiment=each, events=()) for n, each in enumerate(trained)])
    assert [row.words[SETTINGS] for row in rows] == [
        "learning rate 0.01, seed 0",
        "learning rate 0.01, seed 10",
        "learning rate 0.2, seed 0",
        "learning rate 0.2, seed 10",
        "",
    ], "epochs have a column of their own"
    assert worth_showing(rows[:2]) == {SETTINGS} and "learning rate 0.01" in rows[0].tip
    assert matching(rows, "seed 10") == (rows[1], rows[3])

"""How a run computes: tried once per machine, then kept by later runs and by resumed ones."""

import msgspec
import pytest
import torch

from tests.session.waiting import DEADLINE_S, steps, stop_at, wait_for
from tests.training.experiments import data_of, digits, with_training
from workbench import cli, places
from workbench.events import RunStarted, SpeedTried, Tried
from workbench.runs.store import open_run
from workbench.session.editing.network_facts import analyse_experiment, imitated_bits
from workbench.session.running import speed
from workbench.session.running.compiling import has_compiler
from workbench.session.running.in_thread import resume, start
from workbench.spec.experiment import Speed
from workbench.spec.files import read_experiment
from workbench.spec.mending import apply_remedy
from workbench.spec.record import replace
from workbench.training import speed_trial

EPOCHS = 2
FLOAT32 = Speed(precision="float32", memory_layout="channels_last", compile="off", threads=1)
CONTIGUOUS = replace(FLOAT32, memory_layout="contiguous")


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine on which nothing has run yet and two epochs count as long; returns the folder of its trials."""
    monkeypatch.setattr(speed_trial, "FEWEST_STEPS", 40)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return places.cache_dir() / "speed"


@pytest.fixture
def threads():
    """Set torch back to one thread after the test."""
    yield
    torch.set_num_threads(1)


def tried(run):
    return [event for event in run.log.since(0) if isinstance(event, SpeedTried)]


def wholly(experiment, folder):
    run = start(experiment, folder)
    assert run.join(DEADLINE_S) and run.state == "finished"
    return run


def remember(machine, chosen):
    """Change the stored trial as if ``chosen`` had won."""
    (file,) = machine.iterdir()
    found = msgspec.json.decode(file.read_bytes(), type=SpeedTried)
    file.write_bytes(msgspec.json.encode(replace(found, chosen=chosen)))


def test_a_network_is_tried_once_on_a_machine(tmp_path, machine):
    first = wholly(digits(epochs=EPOCHS), tmp_path)
    (found,) = tried(first)
    assert not found.remembered and found.chosen in [row.speed for row in found.rows] and len(found.rows) == 2
    (started,) = [event for event in first.log.since(0) if isinstance(event, RunStarted)]
    assert started.speed == found.chosen
    remember(machine, CONTIGUOUS)
    second = wholly(digits(epochs=EPOCHS), tmp_path)
    (again,) = tried(second)
    assert again.remembered and again.rows == found.rows and again.chosen == CONTIGUOUS


def test_a_trial_that_went_wrong_is_repeated_on_request(tmp_path, capsys):
    options = ["lenet-digits", "--epochs", str(EPOCHS), "--device", "cpu", "--runs", str(tmp_path)]
    said = []
    for more in ([], [], ["--benchmark"]):
        assert cli.main(["train", *options, *more]) == 0
        said.append(capsys.readouterr().err)
    assert all("fastest here" in words for words in said)
    assert ["as an earlier run found" in words for words in said] == [False, True, False]


def test_a_run_keeps_to_what_it_began_with(tmp_path, machine):
    """Whatever the machine would choose by now."""
    whole = wholly(digits(epochs=EPOCHS), tmp_path / "whole")
    run = start(digits(epochs=EPOCHS), tmp_path / "parts")
    stop_at(run, 31)
    assert run.join(DEADLINE_S) and run.state == "stopped"
    (began,) = tried(run)
    remember(machine, CONTIGUOUS if began.chosen == FLOAT32 else FLOAT32)
    again = resume(run.folder)
    assert again.join(DEADLINE_S) and again.state == "finished" and again.differences == ()
    assert tried(again) == [began] == [each for each in open_run(run.folder).events if isinstance(each, SpeedTried)]
    assert [event.loss for event in steps(again)] == [event.loss for event in steps(whole)]


def test_a_run_keeps_to_its_threads_on_a_machine_of_more_or_fewer(tmp_path, monkeypatch, threads):
    """So the result is exact, without asking the user."""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    whole = wholly(digits(epochs=1), tmp_path / "whole")
    run = start(digits(epochs=1), tmp_path / "parts")
    stop_at(run, 6)
    assert run.join(DEADLINE_S) and run.state == "stopped"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    again = resume(run.folder)
    assert again.join(DEADLINE_S) and again.state == "finished" and again.differences == ()
    said = [event for event in again.log.since(0) if isinstance(event, RunStarted)]
    assert {(event.speed.threads, event.environment["threads"]) for event in said} == {(2, 2)} and len(said) == 2
    assert [event.loss for event in steps(again)] == [event.loss for event in steps(whole)]


def test_all_cores_are_tried_and_what_is_chosen_computes(tmp_path, machine, monkeypatch, threads):
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0, 1})
    run = wholly(digits(epochs=EPOCHS), tmp_path)
    (found,) = tried(run)
    assert [row.speed.threads for row in found.rows] == [1, 2, found.rows[2].speed.threads]
    (started,) = [event for event in run.log.since(0) if isinstance(event, RunStarted)]
    assert started.speed == found.chosen and started.environment["threads"] == found.chosen.threads
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (told,) = tried(wholly(digits(epochs=EPOCHS), tmp_path))
    assert not told.remembered and {row.speed.threads for row in told.rows} == {1}


def begun(threads, devices):
    """How a run says that it begins."""
    return RunStarted(
        at=0.0,
        num_parameters=1,
        steps_per_epoch=1,
        epochs=1,
        first_step=1,
        device="cuda",
        environment={"devices": devices},
        speed=replace(FLOAT32, threads=threads),
    )


def test_a_run_that_began_on_a_gpu_takes_the_threads_of_the_cpu_that_it_is_resumed_on():
    settled = replace(CONTIGUOUS, threads=3)
    assert speed.kept_to([begun(None, 1)], settled) == settled
    assert speed.kept_to([begun(2, 1)], settled) == replace(settled, threads=2)
    found = SpeedTried(at=0.0, rows=(), chosen=FLOAT32)
    assert speed.kept_to([found, begun(None, 1)], settled) == FLOAT32


def test_what_is_not_searched_for_with_sharded_weights_is_said():
    assert speed.how_it_computes(begun(1, 4)) == "The run uses float32, channels last, 1 thread."
    said = speed.how_it_computes(begun(1, "4 (sharded)"))
    assert said.startswith("The run uses float32, channels last, 1 thread. 4 processes shard the weights, so neither")


# Compiling on a CPU

COMPILED = replace(FLOAT32, compile="on")


@pytest.fixture
def long_enough(monkeypatch):
    """Try compiling for a run of any length."""
    monkeypatch.setattr(speed_trial, "WORTH_COMPILING", 1)
    monkeypatch.setattr(speed_trial, "MOST_OF_RUN", 1e9)


def test_compiling_is_tried_where_it_is_a_small_part_of_the_run():
    """Neither network is compiled for a run of less than half an hour; the larger one needs a longer run."""
    small, large = digits(), read_experiment("resnet20")
    minutes = {}
    for experiment in (small, large):
        for minute in range(1, 200):
            if speed_trial.pays_to_compile(experiment, num_steps=minute * 600, step_ms=100.0):
                minutes[experiment.name] = minute
                break
    assert 30 < minutes[small.name] < minutes[large.name] < 120


@pytest.mark.skipif(not has_compiler(), reason="no C++ compiler here")
def test_a_stop_ends_the_compiling(tmp_path, machine, long_enough):
    run = start(digits(epochs=EPOCHS), tmp_path)
    wait_for(lambda: (run.preparation or ("",))[0].startswith("Compiling"))
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "stopped"
    assert tried(run) == [] and not machine.exists()


def test_without_a_compiler_nothing_is_compiled(tmp_path, long_enough, monkeypatch):
    monkeypatch.setenv("CXX", str(tmp_path / "none"))
    (found,) = tried(wholly(digits(epochs=EPOCHS), tmp_path))
    assert [row.speed.compile for row in found.rows] == ["off", "off"]


def test_a_short_run_does_not_compile_because_a_long_one_did(tmp_path, machine, monkeypatch):
    experiment = digits(epochs=EPOCHS)
    wholly(experiment, tmp_path)
    remember(machine, COMPILED)
    assert tried(wholly(experiment, tmp_path))[0].chosen == FLOAT32
    assert speed.foretold(experiment, data_of(experiment)) == FLOAT32
    monkeypatch.setattr(speed_trial, "MOST_OF_RUN", 1e9)
    assert speed.foretold(experiment, data_of(experiment)) == COMPILED


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="no C++ compiler here")
def test_a_long_run_tries_compiling_and_a_compiler_that_fails_is_told(tmp_path, machine, long_enough, monkeypatch):
    monkeypatch.setattr(speed_trial, "CLEARLY", 0.0)  # independent of timing
    run = start(digits(epochs=EPOCHS), tmp_path / "sound")
    assert run.join(600) and run.state == "finished"
    (found,) = tried(run)
    assert [row.speed.compile for row in found.rows] == ["off", "off", "on"] and found.rows[2].step_ms > 0
    for file in machine.iterdir():
        file.unlink()
    monkeypatch.setenv("CXX", "false")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    run = start(digits(epochs=EPOCHS), tmp_path / "unsound")
    assert run.join(600) and run.state == "finished"
    (found,) = tried(run)
    assert found.rows[2].step_ms is None and found.rows[2].failure and found.chosen.compile == "off"


# What the processor imitates


@pytest.mark.parametrize(("precision", "instructions"), [("bf16", "avx512_bf16"), ("fp16", "avx512_fp16")])
def test_a_precision_that_the_processor_imitates_is_warned_about(monkeypatch, precision, instructions):
    experiment = with_training(digits(), speed=Speed(precision=precision))
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {instructions: True})
    assert imitated_bits(experiment) == imitated_bits(digits()) == ()
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    (problem,) = imitated_bits(experiment)
    assert problem in analyse_experiment(experiment).problems
    assert problem.severity == "warning" and f"no instructions for {precision} and imitates them" in problem.what
    assert apply_remedy(experiment, problem.remedy).training.speed.precision == "automatic"


# The stored trials


@pytest.mark.parametrize("content", [b"", b"{", b'{"event": "RunStopped", "at": 1, "step": 2}', b'{"event": "\xff"}'])
def test_a_damaged_memory_is_no_memory(tmp_path, machine, content):
    wholly(digits(epochs=EPOCHS), tmp_path)
    (file,) = machine.iterdir()
    file.write_bytes(content)
    (found,) = tried(wholly(digits(epochs=EPOCHS), tmp_path))
    assert not found.remembered
    assert msgspec.json.decode(file.read_bytes(), type=SpeedTried).rows == found.rows


def test_a_machine_that_cannot_remember_trains_all_the_same(tmp_path, machine, caplog):
    machine.parent.mkdir(parents=True)
    machine.write_text("a file where the folder would be")
    (found,) = tried(wholly(digits(epochs=EPOCHS), tmp_path))
    assert not found.remembered and "not kept for other runs" in caplog.text
    caplog.clear()


def test_a_short_run_and_one_with_all_chosen_try_nothing(tmp_path, machine):
    for experiment in (digits(epochs=1), with_training(digits(epochs=EPOCHS), speed=CONTIGUOUS)):
        assert tried(wholly(experiment, tmp_path)) == []
    assert not machine.exists()


def test_it_is_said_in_a_sentence():
    rows = (
        Tried(speed=FLOAT32, step_ms=3.1234),
        Tried(speed=CONTIGUOUS, step_ms=4.2),
        Tried(speed=replace(FLOAT32, compile="on"), step_ms=None, failure="no compiler"),
        Tried(speed=replace(FLOAT32, threads=4), step_ms=3300.0),
        Tried(speed=replace(FLOAT32, threads=8), step_ms=999.7),
    )
    found = SpeedTried(at=0.0, rows=rows, chosen=FLOAT32)
    assert speed.sentence(found) == (
        "fastest here: float32, channels last, 1 thread "
        "(3.12 ms a step; contiguous 4.2 ms, compiled failed: no compiler, 4 threads 3.3 s, 8 threads 1,000 ms)"
    )
    on_gpu = replace(FLOAT32, precision="bf16", convolutions="heuristic", threads=None)
    chosen = replace(on_gpu, convolutions="benchmarked")
    rows = (Tried(speed=on_gpu, step_ms=4.2), Tried(speed=chosen, step_ms=3.1))
    assert speed.sentence(SpeedTried(at=0.0, rows=rows, chosen=chosen)) == (
        "fastest here: bf16, channels last, benchmarked convolutions "
        "(3.1 ms a step; convolutions not benchmarked 4.2 ms)"
    )
    earlier = speed.sentence(replace(found, remembered=True))
    assert earlier.startswith("fastest here, as an earlier run found: float32")

"""Drafts on a real disk, locked and released by real processes."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.session.waiting import wait_for
from workbench.session.editing.drafts import DraftKeeper, left_behind, read_draft
from workbench.session.task import Task
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment, to_json
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

ROOT = Path(__file__).parents[3]

HOLD = """
import sys
from pathlib import Path
from workbench.session.editing.drafts import DraftKeeper
from workbench.spec.files import read_experiment

keeper = DraftKeeper(Path(sys.argv[1]))
number = keeper.keep(read_experiment("lenet"), Path("somewhere/lenet.json"))
while keeper.answers.newest(number - 1) is None:
    pass
print("kept", flush=True)
sys.stdin.read()
"""


def seeded(seed: int) -> Experiment:
    return replace(read_experiment("lenet"), seed=seed)


def keep(keeper: DraftKeeper, experiment: Experiment, path: Path | None = None) -> str:
    number = keeper.keep(experiment, path)
    wait_for(lambda: keeper.answers.newest(number - 1) is not None)
    answer = keeper.answers.newest(number - 1)
    assert answer is not None
    return answer[1]


def test_the_newest_version_is_kept_and_is_gone_with_the_window(tmp_path: Path) -> None:
    keeper = DraftKeeper(tmp_path)
    assert keep(keeper, seeded(1), tmp_path / "a.json") == keep(keeper, seeded(2), tmp_path / "a.json") == ""
    draft = read_draft(keeper.file)
    assert (draft.experiment, draft.path) == (seeded(2), tmp_path / "a.json")
    number = keeper.drop()
    wait_for(lambda: keeper.answers.newest(number - 1) is not None)
    assert not keeper.file.exists()
    assert keep(keeper, seeded(3)) == "" and read_draft(keeper.file).path is None
    assert keeper.close()
    assert list(tmp_path.iterdir()) == []


def test_a_draft_is_offered_once_nobody_holds_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "kept\n"
        assert left_behind(tmp_path) == ([], [])
        process.kill()
        process.wait()
    (draft,), mistakes = left_behind(tmp_path)
    assert (draft.experiment, draft.path, mistakes) == (read_experiment("lenet"), Path("somewhere/lenet.json"), [])


@pytest.mark.parametrize(
    "content", [b"", b'{"path": null, "exp', b'{"path": null, "experiment": {"format": "x"}}', b'{"path": "\xff"}']
)
def test_a_damaged_draft_is_named_and_left_where_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "1-ab.json"
    file.write_bytes(content)
    with pytest.raises(SpecError, match=r"1-ab\.json"):
        read_draft(file)
    drafts, (mistake,) = left_behind(tmp_path)
    assert drafts == [] and "1-ab.json" in mistake and file.exists()


def test_a_disk_that_refuses_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "drafts").write_text("a file where the folder should be")
    keeper = DraftKeeper(tmp_path / "drafts")
    assert "cannot be backed up" in keep(keeper, seeded(1))
    assert keeper.close()


def test_a_draft_that_cannot_be_taken_away_is_told_of(tmp_path: Path) -> None:
    keeper = DraftKeeper(tmp_path)
    (keeper.file / "in the way").mkdir(parents=True)
    number = keeper.drop()
    wait_for(lambda: keeper.answers.newest(number - 1) is not None)
    answer = keeper.answers.newest(number - 1)
    assert answer is not None and str(keeper.file) in answer[1]
    assert keeper.close()


def test_the_newest_draft_is_offered_first_and_says_whether_its_file_was_saved_since(tmp_path: Path) -> None:
    file = tmp_path / "saved" / "lenet.json"
    file.parent.mkdir()
    file.write_text(to_json(seeded(1)))
    os.utime(file, (2500, 2500))
    for name, path, edited_s in (("1-ab", None, 1000), ("2-cd", str(file), 3000), ("3-ef", str(file), 2000)):
        content = {"path": path, "experiment": msgspec.Raw(to_json(seeded(1)).encode())}
        (tmp_path / f"{name}.json").write_bytes(msgspec.json.encode(content))
        os.utime(tmp_path / f"{name}.json", (edited_s, edited_s))
    drafts, mistakes = left_behind(tmp_path)
    assert [(draft.file.stem, draft.older) for draft in drafts] == [("2-cd", False), ("3-ef", True), ("1-ab", False)]
    assert not mistakes


def test_a_draft_that_cannot_be_locked_is_named_and_hides_no_other(tmp_path: Path) -> None:
    for name in ("1-ab", "2-cd"):
        content = {"path": None, "experiment": msgspec.Raw(to_json(seeded(1)).encode())}
        (tmp_path / f"{name}.json").write_bytes(msgspec.json.encode(content))
    (tmp_path / "1-ab.lock").mkdir()
    (draft,), (mistake,) = left_behind(tmp_path)
    assert draft.file.name == "2-cd.json" and "1-ab.json: this draft of unsaved work is not accessible" in mistake


def test_a_window_that_closes_during_a_look_leaves_nothing_to_complain_about(tmp_path: Path) -> None:
    def come_and_go() -> None:
        for seed in range(40):
            keeper = DraftKeeper(tmp_path)
            assert keep(keeper, seeded(seed)) == ""
            assert keeper.close()

    windows = Task("windows", come_and_go)
    complaints: list[str] = []
    while not windows.ended:
        complaints += left_behind(tmp_path)[1]
    windows.result()
    left_behind(tmp_path)
    assert not complaints

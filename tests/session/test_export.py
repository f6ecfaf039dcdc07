"""Exports in a child process run our code, whatever lies in the current folder."""

import threading
import time

from workbench.session.export import OnnxJob

DEADLINE_S = 120


def ended(job):
    began_s = time.monotonic()
    while job.poll().phase == "running":
        assert time.monotonic() - began_s < DEADLINE_S
        threading.Event().wait(0.01)
    return job.poll()


def test_a_file_of_a_strangers_in_the_current_folder_is_not_executed(tmp_path, monkeypatch):
    for name in ("queue", "json", "torch", "workbench"):
        (tmp_path / f"{name}.py").write_text(f"open('{tmp_path}/executed', 'w')\nraise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    job = OnnxJob("perceptron", tmp_path / "net.onnx", 18)
    try:
        state = ended(job)
    finally:
        job.close()
    assert not (tmp_path / "executed").exists()
    assert state.phase == "done", state.message
    assert (tmp_path / "net.onnx").is_file() and state.report["opset"] == 18

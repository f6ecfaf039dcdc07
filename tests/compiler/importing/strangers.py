"""Many strangers' files, each read in a process of its own, as ``import`` reads it.

The processes are forked from one that has loaded torch already, so that a file costs milliseconds: ``python -m
tests.compiler.importing.strangers FOLDER FILE...`` prints what became of each.
"""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import onnx


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How the reader of a file ended: its status (negative: the signal), its last line, and what it took."""

    status: int
    line: str
    traceback: bool
    cpu_s: float
    peak_bytes: int


def read_all(files: Sequence[Path], folder: Path) -> dict[str, Outcome]:
    """What became of each file, by its name; what is written goes to ``folder``."""
    command = [sys.executable, "-m", "tests.compiler.importing.strangers", str(folder), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    outcomes = [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]
    return {file.name: outcome for file, outcome in zip(files, outcomes, strict=True)}


def _main(folder: Path, files: Sequence[str]) -> None:
    from workbench.compiler.importing import __main__ as reader
    from workbench.compiler.importing import writing

    writing.import_to(str(_harmless(folder)), folder / "out.json", None)  # what is loaded here is not loaded in each
    for file in files:
        said = folder / "said"
        pid = os.fork()
        if not pid:
            stream = said.open("w")
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
            status = 1
            try:
                status = reader.main([file, str(folder / "out.json")])
            except BaseException:  # noqa: BLE001  # whatever it is, it is what the test is about
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        _, status, usage = os.wait4(pid, 0)
        text = said.read_text(errors="replace")
        outcome = Outcome(
            status=os.waitstatus_to_exitcode(status),
            line=(text.splitlines() or [""])[-1],
            traceback="Traceback" in text,
            cpu_s=usage.ru_utime + usage.ru_stime,
            peak_bytes=usage.ru_maxrss * 1024,
        )
        print(json.dumps(dataclasses.asdict(outcome)), flush=True)


def _harmless(folder: Path) -> Path:
    x, y = (onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 3]) for name in "xy")
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "harmless", [x], [y])
    file = folder / "harmless.onnx"
    onnx.save(onnx.helper.make_model(graph), file)
    return file


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])

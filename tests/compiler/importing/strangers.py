"""Reads many untrusted files, each in a process of its own, as the command line does.

The processes are forked from one that has already loaded torch, so that a file takes milliseconds. It receives the
commands as JSON on stdin, and prints the outcome of each.
"""

import dataclasses
import gc
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import onnx

READ = "read"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How reading a file ended: exit status (negative: a signal), last line of output, and resources used."""

    status: int
    line: str
    traceback: bool
    cpu_s: float
    peak_bytes: int


def read_all(files: Sequence[Path], folder: Path) -> dict[str, Outcome]:
    """Import each file, writing to ``folder``; return the outcomes by name."""
    outcomes = run_all([reading(file, folder) for file in files], folder)
    return {file.name: outcome for file, outcome in zip(files, outcomes, strict=True)}


def reading(file: Path, folder: Path) -> list[str]:
    """A command for ``run_all`` that imports a file, writing to ``folder``."""
    return [READ, str(file), str(folder / "out.json")]


def run_all(commands: Sequence[Sequence[str]], folder: Path) -> list[Outcome]:
    """Run commands of the command line, and those of ``reading``, each within the limits of an import."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.compiler.importing.strangers", str(folder)],
        input=json.dumps(commands),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    outcomes = [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(commands)
    return outcomes


def _main(folder: Path, commands: Sequence[Sequence[str]]) -> None:
    from workbench import cli
    from workbench.compiler.importing import __main__ as reader
    from workbench.compiler.importing import limits, writing

    writing.import_to(str(_harmless(folder)), folder / "out.json", None)  # loads everything once, before the forks
    gc.freeze()  # a fork that looked at what is loaded would copy all of its memory
    for command in commands:
        said = folder / "said"
        pid = os.fork()
        if not pid:
            stream = said.open("w")
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
            status = 1
            try:
                if command[0] == READ:
                    status = reader.main([*command[1:]])
                else:
                    limits.set_for(str(folder / "harmless.onnx"))
                    status = cli.main(command)
            except BaseException:  # noqa: BLE001  # any exception is what the test looks for
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
    gc.unfreeze()  # the interpreter's shutdown needs them


def _harmless(folder: Path) -> Path:
    x, y = (onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 3]) for name in "xy")
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "harmless", [x], [y])
    file = folder / "harmless.onnx"
    onnx.save(onnx.helper.make_model(graph), file)
    return file


if __name__ == "__main__":
    _main(Path(sys.argv[1]), json.load(sys.stdin))

"""Runs the benchmarks, each in its own process, so that none inherits another's threads or caches."""

import subprocess
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))

PROCESSOR_TIMES = Path("/proc/stat")
IDLE, STOLEN = 3, 7
"""Columns of the file: https://docs.kernel.org/filesystems/proc.html."""


def main() -> int:
    """Run the benchmarks named on the command line, or all; return the number of failures."""
    failures = 0
    for name in sys.argv[1:] or NAMES:
        print(f"\n{name}", flush=True)
        before = processor_times()
        failures += subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=False).returncode != 0
        say_stolen(before, processor_times())
    return failures


def processor_times() -> list[int]:
    """Times of all cores since the system started, in ticks; empty if the system is not Linux."""
    if not PROCESSOR_TIMES.exists():
        return []
    return [int(ticks) for ticks in PROCESSOR_TIMES.read_text().partition("\n")[0].split()[1:]]


def say_stolen(before: list[int], after: list[int]) -> None:
    """Print the share of processor time that a virtual machine's host took; if it is large, latencies mean little."""
    spent = [last - first for first, last in zip(before, after, strict=True)]
    if spent and spent[STOLEN]:
        wanted = sum(spent[: STOLEN + 1]) - spent[IDLE]
        print(f"  (the host took {spent[STOLEN] / wanted:.1%} of the processor time)", flush=True)


if __name__ == "__main__":
    sys.exit(main())

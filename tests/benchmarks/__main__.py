"""Runs the benchmarks, each in a process of its own, so that none inherits another's threads or caches."""

import subprocess
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> int:
    """Run those named on the command line, or all; the number of failures is the exit code."""
    failures = 0
    for name in sys.argv[1:] or NAMES:
        print(f"\n{name}", flush=True)
        failures += subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=False).returncode != 0
    return failures


if __name__ == "__main__":
    sys.exit(main())

"""Time from starting the process to the final accuracy of the first preset."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3


def main() -> None:
    """Train LeNet as shipped, by the command line, and print its accuracy on the embedded test pictures."""
    seconds, accuracies = zip(*(one() for _ in range(ROUNDS)), strict=True)
    print(
        f"  LeNet: {100 * accuracies[0]:.1f} % of the embedded test pictures, "
        f"median {statistics.median(seconds):.1f} s for the whole command on {os.cpu_count()} cores"
    )


def one() -> tuple[float, float]:
    """Train once; return the seconds of the whole command and the test accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "workbench", "train", "lenet", "--runs", folder, "--json"]
        began_s = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return time.perf_counter() - began_s, json.loads(done.stdout.splitlines()[-1])["metrics"]["test/top1"]


if __name__ == "__main__":
    main()

"""torch is loaded in a thread and works."""

import subprocess
import sys

SCRIPT = """
import sys, threading
from workbench.session.torch_loading import load_torch
assert "torch" not in sys.modules
thread = threading.Thread(target=load_torch)
thread.start()
thread.join()
import torch
assert torch.nn.functional.relu(torch.tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]
assert torch.ones(3, 3).mm(torch.ones(3, 3)).sum().item() == 27
load_torch()
print("loaded")
"""


def test_torch_works_when_its_libraries_were_opened_before_it():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "loaded\n"), done.stderr

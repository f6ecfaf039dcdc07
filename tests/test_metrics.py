"""The metrics of a library: imported by two threads at once, and named in exported code."""

import ast
import subprocess
import sys

from workbench.export.code.sources import Sources

TWO_THREADS = """
import sys
import threading
import torch  # whose own import is not what is tested

errors = []

def use(name):
    try:
        while name == "binary_auroc" and "torchmetrics" not in sys.modules:  # until the other thread has begun
            pass
        getattr(__import__("workbench.metrics", fromlist=[name]), name)
    except Exception as error:
        errors.append(error)

threads = [threading.Thread(target=use, args=[name]) for name in ("MulticlassF1Score", "binary_auroc")]
for each in threads:
    each.start()
for each in threads:
    each.join()
print(errors)
"""


def test_a_thread_that_needs_metrics_waits_for_another_that_imports_them():
    done = subprocess.run([sys.executable, "-c", TWO_THREADS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_exported_code_imports_metrics_from_their_library():
    sources = Sources()
    sources.add_import(ast.parse("from workbench.training.measures.embeddings import verification").body[0])
    text = "\n".join(sources.classes())
    imports = sources.imports(text)
    assert "from torchmetrics.functional.classification import binary_auroc" in imports
    assert "workbench" not in imports + text

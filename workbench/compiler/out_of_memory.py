"""Recognises errors that say that memory ran out. Imports no torch."""

WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "bad_alloc",
    "bad allocation",
    "_alloc_failed",
    "unable to find an engine",
    "could not create a primitive",
)
"""torch's own, on CUDA and on the CPU, and onnxruntime's; cuBLAS's and cuDNN's; cuDNN's without room for a workspace,
and oneDNN's, which are less specific.
"""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in WORDS)

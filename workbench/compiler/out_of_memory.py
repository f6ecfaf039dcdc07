"""Recognises errors that say that memory ran out. Imports no torch."""

WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "bad_alloc",
    "bad allocation",
    "could not create a primitive",
)
"""torch's own, on CUDA and on the CPU, and onnxruntime's; the last is oneDNN's, which is less specific."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in WORDS)

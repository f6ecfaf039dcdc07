"""An error as one sentence, for a message, a dialog or a panel. No Qt.

Errors themselves have no full stop, so that others can quote them; it is added here, where they stand alone. Hints that
come and go with the pointer (at the bottom of the canvas, at a field) have none.
"""

from workbench.spec.problems import SpecError, capitalised
from workbench.spec.words import ended


def sentence(error: Exception) -> str:
    """Return a sentence about an error of a user's file or disk, or about an internal error (logged elsewhere)."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The file'}: {error.strerror}."
    if not isinstance(error, SpecError | OSError):
        return f"This is an internal error ({type(error).__name__}); see the log for details."
    return ended(capitalised(str(error)))

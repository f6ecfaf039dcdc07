"""Common parts of the dialogs that run a child process: export, import, weights."""

"""What the dialogs have in common that have a child process at work: an export, an import, somebody's weights."""

"""The runs that were made here: a table to compare them by, and to open one again."""

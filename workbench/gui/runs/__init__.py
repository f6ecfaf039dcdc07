"""Earlier runs: a table to compare them and to open one again."""

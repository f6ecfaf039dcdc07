"""The run bar: Run, Pause, Resume, Stop, and the run's progress."""

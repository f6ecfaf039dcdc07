"""Run, Pause, Continue, Stop, and how far the run is."""

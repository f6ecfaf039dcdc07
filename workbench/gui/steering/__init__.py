"""What was edited while a run is at work, and can be given to it: offered above the canvas."""

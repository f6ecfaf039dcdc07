"""The learning-rate finder: its curve as it grows, its suggestions, and the rate to use."""

"""Pictures of the user's own as a run's network sees them, each with the network's answers."""

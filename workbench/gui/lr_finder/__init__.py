"""The search for a learning rate: its curve as it grows, what it suggests, a rate to take."""

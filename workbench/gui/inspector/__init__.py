"""The selected node: its settings, what is known of it, what is wrong with it; with none selected, the whole network."""

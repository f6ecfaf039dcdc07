"""The inspector: settings, facts and problems of the selection, or of the whole network."""

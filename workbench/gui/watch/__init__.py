"""The panels that show a run as it trains: one folder each, found by ``area``."""

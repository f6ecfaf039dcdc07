"""Runs compared: their curves in one chart, what differs between them, and how good each became."""

"""Optimizer steps that torch lacks, as torch optimizers; an exported script includes their source."""

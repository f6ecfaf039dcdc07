"""The initialisers, one file a family."""

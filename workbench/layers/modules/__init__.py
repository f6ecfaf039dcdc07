"""The torch modules that torch itself lacks. torch is imported here, so layers import these inside ``build``."""

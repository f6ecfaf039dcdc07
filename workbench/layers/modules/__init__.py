"""The torch modules that torch itself lacks. They import torch, so layers import them inside ``build``."""

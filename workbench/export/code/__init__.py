"""A network as PyTorch code that a person would write: one class per block, loops for repeats, shapes in comments.

calls      a module -> the call that creates it
uses       an architecture -> every use of every block
arguments  a block's uses -> the parameters of its class, and how it creates its modules
forward    a graph -> the lines of ``forward``
sources    the classes that torch lacks, and their imports
render     all of it -> text
lines      the text, formatted -> which line belongs to which node
"""

"""A network as PyTorch that a person would have written: one class a block, loops for repeats, shapes in comments.

calls      a module -> the call that makes it
uses       an architecture -> every use of every block
arguments  a block's uses -> what its class takes, and how it makes what it holds
forward    a graph -> the lines of ``forward``
sources    the classes that torch lacks, and what they import
render     all of it -> text
lines      the text, formatted -> which line is for which node
"""

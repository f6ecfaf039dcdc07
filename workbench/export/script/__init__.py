"""The script that trains a network exactly as its experiment says: the same losses, on a CPU to the last bit.

recipe           what the session has made of an experiment: its parts, all settled
functions        a method of one of these parts -> a plain function with its settings written in
aims             heads -> the loss that is made small, and the measures
batches          augmentation, mixing, corruption -> the lines that make a batch
stages           what was changed while a run was under way -> a table by step
treated          layers that are frozen, or learn at a rate of their own
write            all of it -> text
train.py.jinja   the loop around it, as anybody would write it
"""

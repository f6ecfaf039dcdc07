"""The script that trains a network exactly as its experiment says: the same losses, on a CPU to the last bit.

recipe           the resolved parts of an experiment
functions        a method of one of these parts -> a plain function with its settings filled in
aims             heads -> the loss to minimise, and the measures
batches          augmentation, mixing, corruption -> the lines that make a batch
stages           changes during a run -> a table by step
treated          layers that are frozen, or have a learning-rate factor
write            all of it -> text
train.py.jinja   the loop around it, as anybody would write it
"""

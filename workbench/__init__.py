"""A desktop workbench for deep learning.

The folder list is the architecture; imports point downward only:

    gui | cli
    session
    training | insight | search | export
    runs | compiler | data
    layers
    durable | events
    spec                     no torch, no Qt
    places | shipped
"""

__version__ = "0.1.0"

"""Results in words and numbers: ``measured`` names metrics, ``differing`` compares experiments, ``repeats`` joins
runs that differ in their seed or fold, ``costs`` is what runs took. ``queued`` says what distinguishes the runs of the
queue.
"""

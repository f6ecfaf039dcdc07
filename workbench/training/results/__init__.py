"""Results in words and numbers: ``measured`` names metrics, ``differing`` compares experiments, ``seeds`` joins runs
that differ in their seed, ``costs`` is what runs took. ``queued`` says what distinguishes the runs of the queue.
"""

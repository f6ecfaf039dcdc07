"""If numbers or memory run out: ``soundness`` notices, ``culprit`` finds where, ``divergence`` ends the run,
``fitting`` finds a smaller batch; both by an error of ``failures``.
"""

"""What varied pictures are made of: ``warp`` moves pixels, ``tones`` does not, ``policies`` choose among both;
``draws``, ``noise`` and ``beta`` are all randomness.
"""

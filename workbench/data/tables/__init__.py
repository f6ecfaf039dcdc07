"""Tables: a CSV, JSON lines or Parquet file with a row for each picture, or for each example without one.

``opening`` gives a ``table``, and ``handing_over`` brings what is asked of it to another process. Its ``rows`` come
from a file of text or from ``parquet``, of several files by ``shards``, and are kept by column, in pieces of
``cells``. What its ``columns`` are is guessed and told; ``points`` are key points, ``numbers`` an input without
pictures, and ``mask_classes`` those that occur in its masks. ``reading`` makes splits of it.
"""

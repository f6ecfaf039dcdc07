"""Looks, and widgets that know nothing of networks and runs.

- **Looks**: ``theme`` and ``icons``, also those of the families of layers, and ``class_colours``; ``tips`` and the
  ``shared_keys`` in them. ``widget_picture`` and ``png`` make pictures of widgets, ``lettering`` paints texts fast.
- **Frames**: ``panel``, ``narrow`` windows, ``plate``, ``message_bar``, ``painted_scroll``, ``progress_row``;
  ``tab_order`` is the keyboard's way through a window.
- **Contents**: ``choice_button``, ``elided_box``, ``tables`` and their ``selected_rows``, a ``row_table`` of any number
  of rows, ``bars``, ``pictures`` and ``series_curves`` with their ``tiling`` and its ``tile_keys``, ``tile_grid``,
  ``gallery``, a ``hover_card`` beside a dot; ``search_box`` finds one of its ``search_lines`` by a few letters;
  ``error_sentence``; names ``told_apart`` where they are too long.
"""

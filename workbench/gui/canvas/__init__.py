"""The drawing area: cards for nodes, curves for connections, and one object for each gesture.

Without Qt, ``presenter`` decides what is drawn and does the edits:

- **What is drawn**: ``shown`` has the graph, the selection and the ``contents``, which ``making`` makes of ``cards``;
  ``levels`` and ``card_keys`` name what is inside expanded blocks, ``stretch`` makes room for them.
- **Edits**: ``editing``, ``block_edits``, ``note_edits``, ``copying`` (``clipboard``), ``arranging`` (``alignment``,
  ``layout``, ``framed_layout``), ``mending``; ``room`` and ``free_room`` find space, ``note_places`` lets notes follow
  their cards.
- **Connections**: ``routing`` finds their ways, through ``lanes``; ``geometry`` says where they end.
- **Search**: ``finding`` in the network, ``choices`` for the search box, ``offers`` what fits a shape.

``view`` turns events into gestures and commands:

- **Gestures**: ``gestures`` begins an ``interaction``: ``moving``, ``connecting``, ``resizing``; ``dropping`` from
  the palette; ``wheel`` and trackpad.
- **Commands**: ``actions`` and ``context_menu`` list them; ``block_view``, ``note_view``, ``searches`` and
  ``tidying`` do them; ``keys`` and ``key_navigation`` are for the keyboard.
- **What is in view**: ``paper`` zooms and pans (``snapshot``), ``sight`` goes to cards, with ``motion``; ``minimap``.
- **Drawing**: ``scene`` keeps the ``items`` and ``note_items`` in step; ``drawing`` paints all, with ``looks``,
  ``unfolded`` blocks, ``guide_lines``, and ``far`` (``far_titles``) from afar. ``picture`` is for a paper,
  ``accessible`` for screen readers.
- **On top**: ``breadcrumbs``, ``find_bar``, ``layer_search``, ``name_editor``, ``toast``, ``empty_canvas`` with its
  ``start_page``.
"""

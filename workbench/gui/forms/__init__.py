"""Fields to type in, and forms made of parameters.

``form`` makes a form of a record's parameters, with words from ``form_text`` and a field of ``editors`` for each, among
them ``number_box`` and ``elided_line``. Other fields are ``line``, the ``note_editor`` on the canvas, and the
``output_choice`` of the windows that show one output at a time. ``pending_input`` is what is still being typed, and
``wheel_guard`` keeps scrolling from changing it.
"""

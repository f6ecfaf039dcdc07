"""Fields to type in, and forms made of parameters.

``form`` makes a form of a record's parameters, with words from ``form_text`` and a field of ``editors`` for each:
``number_box``, ``path_line``, ``output_choice``. ``note_editor`` writes on the canvas. ``pending_input`` is what is
still being typed, and ``wheel_guard`` keeps scrolling from changing it.
"""

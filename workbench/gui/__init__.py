"""The window: one folder per panel, each with its widgets (Qt) and a presenter (no Qt).

Nothing below this package knows Qt. The window edits a ``Document``; panels listen to it and never to each other.

- **Start and end**: ``app``, ``closing``, ``preferences``, ``internal_errors``; ``interpreter``, ``garbage``,
  ``qt_classes``, ``wakeup`` and ``slices`` keep Python and Qt out of each other's way.
- **The main window**: ``main_window`` lays out its parts and connects them; ``commands`` is the table of commands,
  ``window_commands`` what they do, ``windows`` the other windows, ``window_state`` what is remembered;
  ``file_menus``, ``status_bar``, ``message_bar``, ``start_page``, ``tab_order``.
- **The document**: ``document`` (``selected``), ``project`` and its file (``autosave``, ``file_watch``), ``incoming``
  and ``outgoing``, ``presets``, ``library`` (``library_files``). ``checker`` analyses it, ``findings`` shows the
  result and ``mending`` applies a remedy.
- **The run**: ``trainer`` starts and commands it, ``queue_keeper`` (``queue_window``) starts the next; ``event_pump``
  delivers its events (``on_event``), ``run_states`` are its states, ``refresh`` says when to ask again. Messages
  about it: ``advice``, ``initialisation``, ``left_out``, ``moved_data``.
- **Small windows**: ``dialog`` is the base; ``keys_window``, ``layer_table``, ``manual``, ``text_window``;
  ``file_dialogs``.
- **Forms**: ``forms`` (``form_text``), ``editors``, ``number_box``, ``path_line``, ``output_choice``;
  ``pending_input`` is what is still being typed, ``wheel_guard`` keeps scrolling from changing it.
- **Widgets**: ``theme`` and ``icons``; ``panel``, ``narrow``, ``tables``, ``bars``, ``gallery``, ``pictures``,
  ``tiling``, ``painted_scroll``, ``plate``, ``tips``; ``widget_picture`` and ``png`` make pictures of them;
  ``error_sentence``.
"""

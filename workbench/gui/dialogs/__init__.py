"""Small windows: ``about``, ``keys_window``, ``layer_table``, ``manual``, ``text_window``.

``dialog`` is the base of windows beside the main one, and ``file_dialogs`` asks for paths.
"""

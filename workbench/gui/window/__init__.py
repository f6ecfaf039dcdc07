"""The main window: what it is made of, what its commands do, and how it opens and closes.

``main_window`` lays out the parts and connects them. ``menus`` is the table of commands, ``commands`` what they do,
``file_menus`` the menus that list files; ``windows`` opens the other windows, ``incoming`` and ``outgoing`` are imports
and exports. ``tool_bar`` lets the run bar have its room; ``status_bar`` shows what ``findings`` made of the analysis.
``state`` remembers sizes and places, ``closing`` asks what is to become of edits and runs.
"""

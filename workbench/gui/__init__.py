"""The window. Nothing below this package knows Qt.

``app`` begins and ends the program, ``preferences`` is what it remembers. The other folders, from the top downward,
each importing only those below it:

- ``window``: the main window, its commands, and the ways to the other windows.
- ``steering`` of a run, and ``running``: starting runs one after another, and what is said about them.
- The parts, one folder each, with view.py (Qt) and presenter.py (no Qt). In the main window: ``canvas``,
  ``palette``, ``inspector``, ``settings``, ``run_bar``, and ``watch`` with the panels that show a run. In windows of
  their own: ``attention``, ``batch``, ``browse_data``, ``code``, ``compare_networks``, ``compare_runs``, ``export``,
  ``features``, ``importing``, ``latent``, ``lr_finder``, ``mistakes``, ``own_pictures``, ``own_rows``, ``runs``,
  ``sweep``, ``weights``, ``why``; ``job`` is what those with a child process share.
- ``looking``: what the windows share that look into a network.
- ``experiment``: the document that is edited, its file and its analysis. The parts listen to it, never to each
  other.
- ``dialogs`` and ``forms``.
- ``widgets``: looks, and widgets that know nothing of networks and runs.
- ``runtime``: keeps Python, Qt and what happens in the background out of each other's way.
"""

"""While an experiment is edited: what is known of it before it runs.

``analyst`` analyses the network (``network_facts``, ``known_facts``), ``fixing`` applies the remedies of its errors,
``comparing`` compares it with another,
``preview`` and ``survey`` (``data_facts``) inspect the data, ``lr_finder`` searches for a learning rate,
``sweeping`` checks the runs of a sweep, ``drafts`` backs up unsaved work.
"""

"""Import and export: ``importing`` networks and ``weights`` (``arrivals``), ``export`` to ONNX, ``code``
(``code_writer`` keeps that of the edited network) and the training ``script`` (``script_recipe``);
``report`` makes one HTML file of a run or several.
"""

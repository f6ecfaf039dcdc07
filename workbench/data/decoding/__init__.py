"""Pictures in files: ``pictures`` decodes one, ``decoders`` many; ``picture_cache`` keeps them decoded (``contents``
knows files by their bytes), ``unused`` clears it.
"""

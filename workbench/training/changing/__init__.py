"""A setting changed during a run: ``changes`` says which may change, ``steering`` applies one, ``rate_change`` that
of a learning rate.
"""

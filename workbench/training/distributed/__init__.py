"""Training by several processes: ``ranks`` are their numbers and what they exchange, ``spread`` is DDP and FSDP,
``shared_norm`` normalises over all, ``agreed`` has them follow the same commands.
"""

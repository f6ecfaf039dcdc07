"""Where weights wait that are being imported."""

import os
import time

from workbench.session.exchange import arrivals


def test_an_import_takes_away_what_a_killed_one_left_a_day_ago_and_nothing_of_others():
    left, other = arrivals.stage(), arrivals.stage()
    for folder in (left, other):
        (folder / "weights.safetensors").touch()
    long_ago_s = time.time() - 25 * 3600
    for path in (left / "weights.safetensors", left):
        os.utime(path, (long_ago_s, long_ago_s))
    own = arrivals.stage()
    assert own.is_dir() and (other / "weights.safetensors").is_file() and not left.exists()
    for folder in (own, other, left):
        arrivals.drop(folder)
    assert not own.exists() and not other.exists()

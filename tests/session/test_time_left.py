from workbench.session.time_left import TimeLeft


def test_the_time_left_is_told_at_the_speed_so_far():
    now = iter([1000.0, 1000.0, 1001.0, 1010.0, 1090.0, 1100.0, 1100.0, 1105.0])
    left = TimeLeft(now_s=lambda: next(now))
    assert left.say("Decoding", 100, 1000) == "Decoding"
    assert left.say("Decoding", 150, 1000) == "Decoding", "too early to say"
    assert left.say("Decoding", 200, 1000) == "Decoding, 1 min 20 s left", "what was done before does not count"
    assert left.say("Decoding", 1000, 1000) == "Decoding"
    assert left.say("Measuring", 0, 1) == "Measuring"
    assert left.say("Measuring", 1, 5) == "Measuring, 20 s left", "each work has a speed of its own"

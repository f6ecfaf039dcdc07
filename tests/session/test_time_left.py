from workbench.session.time_left import TimeLeft


def test_the_time_left_is_told_at_the_speed_so_far():
    now = iter([0.0, 0.0, 1.0, 10.0, 90.0, 100.0, 100.0])
    left = TimeLeft(now_s=lambda: next(now))
    assert left.say("Decoding", 100, 1000) == "Decoding"
    assert left.say("Decoding", 150, 1000) == "Decoding", "too early to say"
    assert left.say("Decoding", 200, 1000) == "Decoding, 1 min 20 s left", "what was done before does not count"
    assert left.say("Decoding", 1000, 1000) == "Decoding"
    assert left.say("Measuring", 0, 1) == "Measuring"

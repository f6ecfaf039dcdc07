"""Series of one's own: answered as onnxruntime answers the exported file, which takes them as they are."""

import csv
import json

import numpy as np
import onnxruntime

from workbench import cli

RANDOM = np.random.RandomState(0)
SERIES = (50 + 20 * RANDOM.standard_normal((40, 24, 2))).astype(np.float32)
NAMES = np.array(["still", "moving"])


def test_series_of_ones_own_are_answered_like_the_exported_network(tmp_path, capsys):
    np.savez(tmp_path / "train.npz", x=SERIES, state=NAMES[np.arange(40) % 2])
    own = SERIES[:5].copy()
    own[3, 7, 1] = np.nan
    np.savez(tmp_path / "own.npz", recordings=own, patient=np.arange(5))
    chosen = ["--dataset", str(tmp_path / "train.npz"), "--fix", "--epochs", "1", "--device", "cpu"]
    assert cli.main(["train", "conv1d-series", *chosen, "--runs", str(tmp_path / "runs")]) == 0
    (run,) = map(str, (tmp_path / "runs").glob("*/"))
    assert cli.main(["export", run, str(tmp_path / "a.onnx")]) == 0
    capsys.readouterr()
    assert cli.main(["predict", run, str(tmp_path / "own.npz"), "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[3] == {"series": 4, "problem": "recordings holds NaN or Inf"}
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    (logits,) = session.run(None, {session.get_inputs()[0].name: SERIES[:5]})
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for number in (0, 1, 2, 4):
        (answer,) = told[number]["answers"]
        confidences = {each["name"]: each["confidence"] for each in answer["likeliest"]}
        assert np.allclose([confidences[name] for name in ("moving", "still")], shares[number], atol=1e-4)
    assert cli.main(["predict", run, str(tmp_path / "own.npz"), "-o", str(tmp_path / "a.csv")]) == 0
    rows = list(csv.reader((tmp_path / "a.csv").read_text().splitlines()))
    assert rows[0] == ["patient", "predicted state", "confidence", "problem"] and rows[4][0] == "3"
    capsys.readouterr()
    np.savez(tmp_path / "short.npz", x=SERIES[:, :20])
    assert cli.main(["predict", run, str(tmp_path / "short.npz")]) == 2
    assert "takes series of 24 steps with 2 channels, but x is float32 of shape 40×20×2" in capsys.readouterr().err
    assert cli.main(["predict", run, str(tmp_path / "own.npz"), "--why", "occlusion"]) == 2
    assert "reasons are found in pictures and in rows, not in series" in capsys.readouterr().err

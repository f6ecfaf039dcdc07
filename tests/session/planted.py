"""A folder of pictures with planted duplicates and leaks, and an experiment on it."""

import shutil
from pathlib import Path

from PIL import Image
from skimage import data as photographs

from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment
from workbench.spec.files import read_experiment
from workbench.spec.record import replace


def plant(folder: Path) -> Path:
    """Crops of two photographs, plus a copy in test, a copy in another class, a JPEG in test and two broken files."""
    photos = {"face": photographs.astronaut(), "cup": photographs.coffee()}
    for name, photo in photos.items():
        for place in range(20):
            top, left = 80 * (place // 5), 80 * (place % 5)
            path = folder / ("train" if place < 14 else "test") / name / f"{place:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(photo[top : top + 80, left : left + 80]).save(path)
    shutil.copy(folder / "train/face/03.png", folder / "test/face/copy.png")
    shutil.copy(folder / "train/cup/05.png", folder / "train/face/wrong.png")
    with Image.open(folder / "train/cup/07.png") as image:
        image.save(folder / "test/cup/again.jpg", quality=80)
    (folder / "train/cup/broken.png").write_bytes(b"")
    (folder / "train/cup/text.png").write_text("not a picture")
    return folder


def experiment_on(folder: Path, *leave_out: str, share: float = 0.0) -> Experiment:
    source = Component(type="ImageFolder", parameters={"folder": str(folder)})
    data = DataRecipe(source=source, validation_share=share, leave_out=leave_out)
    return replace(read_experiment("lenet-digits"), data=data)

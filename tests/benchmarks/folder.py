"""A folder of 5,000 JPEGs at 224×224: epochs after the first, in the program and with torchvision as usual.

Both give shuffled batches of pictures, each cropped, flipped at random and normalised. torchvision decodes every file
in every epoch; the program decodes each once. Also measured: the first preparation, which later epochs do not repeat,
and later preparations, of unchanged files and of touched files, which are read to verify their content.

    python -m tests.benchmarks.folder [--pictures 5000] [--workers 2]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torchvision.transforms as T
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

SIDE, PAD, BATCH_SIZE, ROUNDS = 224, 16, 64, 3
FILE_SIZE = (500, 375)
"""Width and height; ImageNet's most frequent."""

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def main() -> None:
    """Print the time of the preparation and, for each way, of its best epoch after the first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes of torchvision's loader")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["WORKBENCH_HOME"] = home
        folder = write_pictures(Path(home) / "pictures", arguments.pictures)
        began_s = time.perf_counter()
        ours = prepared(folder)
        print(f"{'prepared, once':44} {time.perf_counter() - began_s:8.2f} s")
        for what, change in (("as they were", Path.stat), ("touched", Path.touch)):
            for path in folder.rglob("*.jpg"):
                change(path)
            began_s = time.perf_counter()
            prepared(folder)
            print(f"{'prepared again, ' + what:44} {time.perf_counter() - began_s:8.2f} s")
        ways = {"decoded once, crop, flip, normalise": ours}
        for workers in dict.fromkeys((0, arguments.workers)):
            ways[f"ImageFolder and DataLoader, {workers} workers"] = usual(folder, workers)
        best = {name: min(timed(way, arguments.pictures) for _ in range(ROUNDS)) for name, way in ways.items()}
        for name, seconds in best.items():
            print(f"{name:44} {seconds:8.2f} s an epoch  {seconds / arguments.pictures * 1e6:8.1f} µs a picture")


def timed(epoch: Callable[[int], int], num_pictures: int) -> float:
    """Seconds of an epoch, after one that fills caches and starts workers."""
    epoch(0)
    began_s = time.perf_counter()
    assert epoch(1) == num_pictures
    return time.perf_counter() - began_s


def write_pictures(folder: Path, count: int) -> Path:
    """Write ten classes of smooth colours with noise: JPEGs as large, and as slow to decode, as photographs."""
    random = np.random.RandomState(0)
    for number in range(count):
        path = folder / "train" / f"class{number % 10}" / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(random.randint(0, 256, (24, 32, 3)).astype(np.uint8))
        smooth = np.asarray(coarse.resize(FILE_SIZE, Image.Resampling.BICUBIC)).astype(np.int16)
        noisy = np.clip(smooth + random.randint(-12, 13, smooth.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(path, quality=90)
    (folder / "test").mkdir()
    for label in range(10):  # with a test split, the training pictures are not split up
        (folder / "test" / f"class{label}").mkdir()
        coarse.save(folder / "test" / f"class{label}" / "0.jpg")
    return folder


def prepared(folder: Path) -> Callable[[int], int]:
    """The program's way: decode now, then read from the mapped file."""
    from workbench.data.augmentations.mirror import Mirror
    from workbench.data.augmentations.shift import Shift
    from workbench.data.batches import Batches
    from workbench.data.preparation import prepare
    from workbench.spec.component import Component
    from workbench.spec.experiment import DataRecipe

    source = Component(type="ImageFolder", parameters={"folder": str(folder)})
    dataset = prepare(DataRecipe(source=source, validation_share=0.0), input_shape=(3, SIDE, SIDE), seed=0)
    steps = (Shift(max_pixels=PAD), Mirror())
    batches = Batches(dataset.train, mean=MEAN, std=STD, batch_size=BATCH_SIZE, augmentation=steps)
    return lambda epoch: sum(len(batch.inputs) for batch in batches.epoch(epoch))


def usual(folder: Path, workers: int) -> Callable[[int], int]:
    """The same as usually written with torchvision."""
    transform = T.Compose(
        [
            T.Resize(SIDE),
            T.CenterCrop(SIDE),
            T.RandomCrop(SIDE, padding=PAD),
            T.RandomHorizontalFlip(),
            T.ToTensor(),
            T.Normalize(MEAN, STD),
        ]
    )
    loader = DataLoader(
        ImageFolder(str(folder / "train"), transform),
        batch_size=BATCH_SIZE,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    return lambda _epoch: sum(len(pictures) for pictures, _labels in loader)


if __name__ == "__main__":
    torch.manual_seed(0)
    main()

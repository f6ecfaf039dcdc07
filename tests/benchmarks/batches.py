"""Preparing pictures for the network: µs of CPU time per picture, on one thread, against common alternatives."""

import time
from collections.abc import Callable

import torch
import torchvision.transforms as T
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from workbench.data.augmentations.mirror import Mirror
from workbench.data.augmentations.shift import Shift
from workbench.data.batches import Batches
from workbench.data.dataset import Split

ROUNDS = 5
NUM_PICTURES = 8192
BATCH_SIZE = 128


def main() -> None:
    """Print a line for each way of preparing, for grey 28×28 and colour 32×32 pictures."""
    torch.set_num_threads(1)
    for shape in ((1, 28, 28), (3, 32, 32)):
        pictures = torch.randint(0, 256, (NUM_PICTURES, *shape), dtype=torch.uint8)
        split = Split(inputs=pictures, targets={"class": torch.arange(NUM_PICTURES) % 10})
        ways = {
            "gather, shift, mirror, normalise": epoch_of(split, (Shift(max_pixels=4), Mirror())),
            "gather, normalise": epoch_of(split, ()),
            "index gather of each shifted pixel": index_gather(pictures),
            "PIL and DataLoader, no workers": pil_loader(pictures),
        }
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(ROUNDS):
            for name, way in ways.items():
                began_s = time.process_time()
                way()
                best[name] = min(best[name], (time.process_time() - began_s) / NUM_PICTURES * 1e6)
        for name, microseconds in best.items():
            print(f"{'×'.join(map(str, shape)):8}  {name:36} {microseconds:7.2f} µs a picture")


def epoch_of(split: Split, augmentation: tuple) -> Callable[[], None]:
    """A function that runs an epoch of our batches."""
    channels = split.inputs.shape[1]
    batches = Batches(
        split, mean=(0.5,) * channels, std=(0.25,) * channels, batch_size=BATCH_SIZE, augmentation=augmentation
    )
    return lambda: [None for _ in batches.epoch(0)] and None


def index_gather(pictures: torch.Tensor) -> Callable[[], None]:
    """The same with an index for every pixel, as augmentation of batches is often written."""
    padded = torch.nn.functional.pad(pictures, (4, 4, 4, 4))
    channels, height, width = pictures.shape[1:]

    def run() -> None:
        for indices in torch.randperm(len(pictures)).split(BATCH_SIZE):
            offsets = torch.randint(0, 9, (len(indices), 2))
            rows = offsets[:, :1] + torch.arange(height)
            columns = offsets[:, 1:] + torch.arange(width)
            columns = torch.where(torch.rand(len(indices), 1) < 0.5, columns.flip(1), columns)
            shifted = padded[
                indices[:, None, None, None],
                torch.arange(channels)[None, :, None, None],
                rows[:, None, :, None],
                columns[:, None, None, :],
            ]
            shifted.float().div_(255).sub_(0.5).div_(0.25)

    return run


class Pictures(Dataset):
    """A typical data set: PIL pictures through torchvision's transforms, one at a time."""

    def __init__(self, pictures: torch.Tensor) -> None:
        self.images = [T.functional.to_pil_image(picture) for picture in pictures]
        channels, height, width = pictures.shape[1:]
        self.transform = T.Compose(
            [
                T.RandomCrop((height, width), padding=4),
                T.RandomHorizontalFlip(),
                T.ToTensor(),
                T.Normalize((0.5,) * channels, (0.25,) * channels),
            ]
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image: Image.Image = self.images[index]
        return self.transform(image), index % 10


def pil_loader(pictures: torch.Tensor) -> Callable[[], None]:
    """A function that passes over the loader once."""
    loader = DataLoader(Pictures(pictures), batch_size=BATCH_SIZE, shuffle=True)
    return lambda: [None for _ in loader] and None


if __name__ == "__main__":
    main()

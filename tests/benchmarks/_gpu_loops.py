"""The loops that the benchmark ``gpu`` compares; each trains a copy of the same network with the same settings."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torchvision.transforms as T
from torch import Tensor, nn
from torch.nn import functional as F

from workbench.data.dataset import Dataset, Split
from workbench.events import EpochFinished, StepFinished
from workbench.runs.log import RunLog
from workbench.runs.store import EVENTS, create_run
from workbench.spec.column import CLASS
from workbench.spec.experiment import Experiment
from workbench.training import beginning, loop
from workbench.training.control import Control
from workbench.training.plan import Plan

MAX_SHIFT = 4
"""The pixels by which pictures are shifted at most."""

DTYPE = torch.bfloat16

Step = Callable[[int], int]
"""Makes at least this many more steps; returns how many."""


class Ours:
    """The program's loop, with everything on."""

    def __init__(self, experiment: Experiment, data: Dataset, folder: Path) -> None:
        self.plan, self.state = beginning.prepare(experiment, data)
        self.first_module = copy.deepcopy(self.state.module)
        run_folder = create_run(folder, experiment)
        self._log = RunLog(run_folder / EVENTS)
        self.close = self._log.close
        self.events = loop.train(self.plan, self.state, run_folder, Control())

    def event(self):
        """Go on to the next event, which is logged."""
        event = next(self.events)
        self._log.append(event)
        return event

    def step(self, num_steps: int) -> int:
        """Make steps; on a GPU they are reported several at a time."""
        begun = self.state.step
        while self.state.step < begun + num_steps:
            self.event()
        return self.state.step - begun

    def first_loss(self) -> float:
        """Make the first steps; return the first one's loss."""
        while not isinstance(event := self.event(), StepFinished):
            pass
        return event.loss

    def epochs(self) -> Iterator[float]:
        """Train to the end; yield the validation accuracy after each epoch."""
        while self.state.num_validated < self.plan.experiment.training.epochs:
            if isinstance(event := self.event(), EpochFinished):
                yield event.metrics["val/top1"]


def settings(plan: Plan) -> dict[str, float]:
    """The plan's optimizer, for another loop."""
    sgd = plan.optimizer
    return {"lr": sgd.lr, "momentum": sgd.momentum, "weight_decay": sgd.weight_decay}


class Timm:
    """The parts of timm, as its training script composes them."""

    def __init__(self, module: nn.Module, plan: Plan, num_workers: int) -> None:
        from timm.optim import create_optimizer_v2

        self.plan, self.num_workers = plan, num_workers
        self.module = module.train()
        self.optimizer = create_optimizer_v2(
            module,
            opt="sgd",
            **settings(plan),
            filter_bias_and_bn=False,  # Nesterov's, by that name
        )

    def batches(self, split: Split, data: Dataset, *, varied: bool):
        """timm's loader over PIL pictures; ``varied`` says whether they are shuffled, cropped and mirrored."""
        from timm.data import create_loader

        device, shape = self.plan.device, tuple(split.inputs.shape[1:])
        loader = create_loader(
            Pictures(split),
            input_size=shape,
            batch_size=self.plan.train.batch_size,
            is_training=varied,
            mean=data.mean,
            std=data.std,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
            pin_memory=device.type == "cuda",
            device=device,
        )
        # Its own transforms are ImageNet's: resized crops.
        vary = [T.RandomCrop(shape[1:], padding=MAX_SHIFT), T.RandomHorizontalFlip()] if varied else []
        loader.dataset.transform = T.Compose([*vary, T.PILToTensor()])
        return loader

    def step(self, inputs: Tensor, labels: Tensor) -> float:
        """One step; returns its loss."""
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        with torch.autocast(inputs.device.type, DTYPE):
            loss = F.cross_entropy(self.module(inputs)["output"], labels)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.item()

    def steps(self, data: Dataset) -> Step:
        """Its loop over the training pictures."""
        from timm.scheduler import create_scheduler_v2
        from timm.utils import AverageMeter

        loader = self.batches(data.train, data, varied=True)
        schedule, _ = create_scheduler_v2(
            self.optimizer, num_epochs=1000, step_on_epochs=False, updates_per_epoch=len(loader)
        )
        losses, made = AverageMeter(), 0

        def endless() -> Iterator[tuple[Tensor, Tensor]]:
            while True:
                yield from loader

        batches = endless()

        def step(num_steps: int) -> int:
            nonlocal made
            for _ in range(num_steps):
                inputs, labels = next(batches)
                losses.update(self.step(inputs, labels), len(inputs))
                made += 1
                schedule.step_update(num_updates=made, metric=losses.avg)
            return num_steps

        return step


class Pictures(torch.utils.data.Dataset):
    """PIL pictures, as a folder or torchvision's CIFAR-10 gives them, for a ``transform``."""

    def __init__(self, split: Split) -> None:
        self.images = [T.functional.to_pil_image(picture) for picture in split.inputs]
        self.labels = split.targets[CLASS].tolist()
        self.transform: Callable[..., object] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[object, int]:
        assert self.transform is not None
        return self.transform(self.images[index]), self.labels[index]


class ByHand:
    """A bare loop over pictures that lie ready on the device."""

    def __init__(self, module: nn.Module, plan: Plan) -> None:
        self.plan = plan
        self.module = module.train()
        self.optimizer = torch.optim.SGD(module.parameters(), **settings(plan), nesterov=True, fused=True)
        self.made = 0

    def ready(self, values: Tensor, data: Dataset, pad: int = 0) -> Tensor:
        """Pictures (uint8) with a black border of ``pad`` pixels, normalised, in 16 bits on the device."""
        mean, std = (
            255 * torch.tensor(each, device=self.plan.device).reshape(-1, 1, 1) for each in (data.mean, data.std)
        )
        parts = values.split(4096)
        return torch.cat([((F.pad(part.to(mean.device), (pad,) * 4) - mean) / std).to(DTYPE) for part in parts])

    def step(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """One step; returns its loss, which nothing waits for."""
        rate = self.plan.schedule.factor(self.made, self.plan.steps_per_epoch, self.plan.num_steps)
        self.optimizer.param_groups[0]["lr"] = self.plan.optimizer.lr * rate
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        with torch.autocast(inputs.device.type, DTYPE):
            loss = F.cross_entropy(self.module(inputs)["output"], labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.made += 1
        return loss.detach()

    def batches(self, data: Dataset) -> Iterator[tuple[Tensor, Tensor]]:
        """The training pictures, epoch after epoch, each shuffled, cropped and mirrored anew."""
        device, batch_size = self.plan.device, self.plan.train.batch_size
        padded, labels = self.ready(data.train.inputs, data, MAX_SHIFT), data.train.targets[CLASS].to(device)
        while True:
            for chosen in torch.randperm(len(labels), device=device).split(batch_size):
                offsets = torch.randint(2 * MAX_SHIFT + 1, (len(chosen), 2), device=device)
                yield mirrored(cropped(padded, chosen, offsets), torch.rand(len(chosen), device=device)), labels[chosen]

    def steps(self, data: Dataset) -> Step:
        """Its loop over the training pictures."""
        batches = self.batches(data)

        def step(num_steps: int) -> int:
            for _ in range(num_steps):
                self.step(*next(batches))
            return num_steps

        return step

    def epochs(self, data: Dataset) -> Iterator[float]:
        """Train to the end; yield the validation accuracy after each epoch."""
        batches = self.batches(data)
        inputs, labels = self.ready(data.val.inputs, data), data.val.targets[CLASS].to(self.plan.device)
        for _ in range(self.plan.experiment.training.epochs):
            self.module.train()
            for _ in range(self.plan.steps_per_epoch):
                self.step(*next(batches))
            self.module.eval()
            num_correct = torch.zeros((), device=self.plan.device)
            with torch.no_grad(), torch.autocast(self.plan.device.type, DTYPE):
                for some, wanted in zip(inputs.split(512), labels.split(512), strict=True):
                    some = some.contiguous(memory_format=torch.channels_last)
                    num_correct += (self.module(some)["output"].argmax(1) == wanted).sum()
            yield num_correct.item() / len(labels)


def cropped(padded: Tensor, chosen: Tensor, offsets: Tensor) -> Tensor:
    """The windows [B, C, H, W] of the ``chosen`` [B] of padded pictures [N, C, H + 8, W + 8] at ``offsets`` [B, 2] from
    their upper left corners: one gather from a view of all windows.
    """
    side = padded.shape[-1] - 2 * MAX_SHIFT
    windows = padded.unfold(2, side, 1).unfold(3, side, 1)
    return windows[chosen, :, offsets[:, 0], offsets[:, 1]]


def mirrored(inputs: Tensor, chance: Tensor) -> Tensor:
    """The pictures, mirrored where ``chance`` [B] is below one half."""
    return torch.where((chance < 0.5)[:, None, None, None], inputs.flip(-1), inputs)

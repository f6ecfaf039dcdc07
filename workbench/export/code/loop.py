"""The training loop of a script: the plain one, with what a recipe adds to it and nothing else."""

from workbench.export.code.treated import Treated
from workbench.spec.experiment import Speed, TrainingRecipe
from workbench.spec.record import Record

TRAIN = '''
def train(model: nn.Module, data: dict[str, Tensor]{average}) -> Iterator[float]:
    """Train; yields the loss of each step."""
    torch.manual_seed(SEED)
    optimizer = make_optimizer({weights})
    {rate} = optimizer.param_groups[0]["lr"]
    steps_per_epoch = {steps_per_epoch}
    num_steps = EPOCHS * steps_per_epoch
    step = 0
{before}    for epoch in range(EPOCHS):
{begin}        for {batch} in {batches}:
            for settings in optimizer.param_groups:
                settings["lr"] = rate * factor(step, steps_per_epoch, num_steps){own_factor}
            optimizer.zero_grad()
{learn}{clip}            optimizer.step()
{follow}            step += 1
            yield loss.item()
{sum_up}        if "val_inputs" in data:
            val_loss, top1 = evaluate({learnt}, data, "val")
            print(f"epoch {{epoch + 1}}: val loss {{val_loss:.4f}}, top-1 {{top1:.2%}}")
{after}
'''

EVALUATE = '''
def evaluate(model: nn.Module, data: dict[str, Tensor], split: str) -> tuple[float, float]:
    """The mean loss over a split, and the share of its pictures whose class comes first."""
    inputs, classes = data[f"{{split}}_inputs"], data[f"{{split}}_classes"]
    model.eval()
    losses, right = [], 0
    with torch.no_grad():
        for start in range(0, len(classes), {size}):
            targets = classes[start : start + {size}]
            outputs = model(normalised(inputs[start : start + {size}], data))
            losses.append(loss_of(outputs, targets).double() * len(targets))
            right += int((outputs{first}.argmax(dim=1) == targets).sum())
    return torch.stack(losses).sum().item() / len(classes), right / len(classes)
'''

MAIN = '''
def make_model() -> nn.Module:
    """The network with its first weights."""
    torch.manual_seed(SEED)
    model = {class_name}().to(DEVICE){layout}
{draw}    return model


def main() -> None:
    """Train from the first weights, and keep the last ones."""
    data = load(Path(__file__).with_name("{data_name}"))
    model = make_model()
{average}    for _ in train(model, data{given}):
        pass
    if "test_inputs" in data:
        loss, top1 = evaluate({learnt}, data, "test")
        print(f"test loss {{loss:.4f}}, top-1 {{top1:.2%}}")
    torch.save({learnt}.state_dict(), Path(__file__).with_suffix(".pt"))


if __name__ == "__main__":
    main()
'''

SPARE = '''
def with_decay_apart(model: nn.Module) -> list[dict[str, Any]]:
    """The weights in two groups: biases and norms are spared weight decay."""
    parameters = list(model.parameters())
    groups: list[dict[str, Any]] = [
        {"params": [each for each in parameters if each.dim() > 1]},
        {"params": [each for each in parameters if each.dim() <= 1], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
'''

ACCUMULATE = '''
def grouped(batches: Iterator[Batch]) -> Iterator[tuple[Batch, ...]]:
    """As many batches at a time as make a step; the last group of an epoch may be smaller."""
    while group := tuple(islice(batches, ACCUMULATE)):
        yield group


def learn(model: nn.Module, group: Sequence[Batch]) -> Tensor:
    """Add up the gradients of several batches, each by its share; gives their loss."""
    num_pictures = sum(len(classes) for _, classes in group)
    losses = []
    for inputs, classes in group:
        loss = loss_of(model(inputs), classes) * (len(classes) / num_pictures)
        loss.backward()
        losses.append(loss.detach())
    return torch.stack(losses).sum()
'''

AVERAGE = '''
def make_average(model: nn.Module) -> AveragedModel:
    """Follows the weights as a moving average, whose memory grows with the steps."""

    @torch.no_grad()
    def follow(averages: Sequence[Tensor], weights: Sequence[Tensor], updates: Tensor | int) -> None:
        number = int(updates)
        share = 1 - min(AVERAGE, (1 + number) / (10 + number))
        torch._foreach_lerp_(list(averages), list(weights), share)

    return AveragedModel(model, multi_avg_fn=follow)
'''

DRAW = '''
def draw_weights(model: nn.Module) -> None:
    """Draw whatever mixes a layer's inputs; biases begin at zero."""
    torch.manual_seed(key(SEED, 0x1217) >> 1)
    for layer in model.modules():
        weight = getattr(layer, "weight", None)
        if isinstance(weight, nn.Parameter) and weight.dim() > 1:
            drawn = torch.empty(weight.shape)
            draw(drawn)
            with torch.no_grad():
                weight.copy_(drawn)
            if isinstance(getattr(layer, "bias", None), nn.Parameter):
                nn.init.zeros_(layer.bias)
'''

BF16 = '''
def answers(model: nn.Module, inputs: Tensor) -> {answer}:
    """What the network answers, computed in bfloat16, as float32."""
    with torch.autocast(DEVICE.type, torch.bfloat16):
        outputs = model(inputs)
    return {as_float32}
'''

LEARN = """            loss = loss_of(model(inputs), classes)
            loss.backward()
"""

LEARN_SEVERAL = """            loss = learn(model, group)
"""

CLIP = """            nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
"""

BEFORE_PATIENCE = """    best, num_worse = float("inf"), 0
"""

AFTER_PATIENCE = """        num_worse = 0 if {score} < best else num_worse + 1
        best = min(best, {score})
        if num_worse >= PATIENCE:
            return
"""

BEFORE_LOOKING_BACK = """    scores: list[float] = []
"""

BEGIN = """        model.train()
"""

BEGIN_FROZEN = """        begin_learning(model)
"""

REDUCED = """        rate = first_rate * reduced(scores)
"""

NO_LOSS = """        train_loss, num_seen = 0.0, 0
"""

SUM_UP = """            train_loss += loss.item() * {num_pictures}
            num_seen += {num_pictures}
"""

SCORED = """        scores.append({score})
"""


ONE_ANSWER = {"answer": "Tensor", "as_float32": "outputs.float()"}
SEVERAL_ANSWERS = {"answer": "tuple[Tensor, ...]", "as_float32": "tuple(each.float() for each in outputs)"}


class Names(Record):
    """What the script calls things that lie outside it; ``first`` takes the first of several outputs."""

    class_name: str
    data_name: str
    first: str


class Parts(Record):
    """What an experiment has beyond the plain loop."""

    draws_weights: bool
    evaluation_batch: int
    """How many pictures are measured together."""
    looks_back: bool
    """Whether the schedule hangs on how the epochs went."""
    validates: bool
    treated: Treated


def loop_of(recipe: TrainingRecipe, speed: Speed, names: Names, parts: Parts) -> list[str]:
    """The functions of the loop, in the order in which they need each other; computed as ``speed`` says."""
    several, follows = recipe.accumulate > 1, recipe.average is not None
    learnt = "average.module" if follows else "model"
    in_bf16 = speed.precision == "bf16"
    sums_up = not parts.validates and (parts.looks_back or recipe.patience is not None)
    score = "val_loss" if parts.validates else "train_loss / num_seen"
    num_pictures = "sum(len(classes) for _, classes in group)" if several else "len(classes)"
    extras = {
        BF16.format(**(ONE_ANSWER if not names.first else SEVERAL_ANSWERS)): in_bf16,
        **dict.fromkeys(parts.treated.functions(decays_all=recipe.decay_all), True),
        SPARE: not recipe.decay_all and not parts.treated,
        _asked(ACCUMULATE, in_bf16): several,
        AVERAGE: follows,
        DRAW: parts.draws_weights,
        _asked(EVALUATE.format(first=names.first, size=parts.evaluation_batch), in_bf16): True,
    }
    train = TRAIN.format(
        average=", average: AveragedModel" if follows else "",
        weights=_weights(recipe, parts),
        rate="first_rate" if parts.looks_back else "rate",
        steps_per_epoch="math.ceil(num_batches(data) / ACCUMULATE)" if several else "num_batches(data)",
        before=(BEFORE_PATIENCE if recipe.patience else "") + (BEFORE_LOOKING_BACK if parts.looks_back else ""),
        begin=_begin(parts, sums_up=sums_up),
        own_factor=' * settings["lr_factor"]' if parts.treated else "",
        sum_up=SUM_UP.format(num_pictures=num_pictures) if sums_up else "",
        batch="group" if several else "inputs, classes",
        batches="grouped(batches(data, epoch))" if several else "batches(data, epoch)",
        learn=LEARN_SEVERAL if several else _asked(LEARN, in_bf16),
        clip=CLIP if recipe.clip_norm is not None else "",
        follow="            average.update_parameters(model)\n" if follows else "",
        learnt=learnt,
        after=(SCORED.format(score=score) if parts.looks_back else "")
        + (AFTER_PATIENCE.format(score=score) if recipe.patience else ""),
    )
    main = MAIN.format(
        class_name=names.class_name,
        layout=".to(memory_format=torch.channels_last)" if speed.memory_layout == "channels_last" else "",
        data_name=names.data_name,
        draw=("    freeze(model)\n" if parts.treated.frozen else "")
        + ("    draw_weights(model)\n" if parts.draws_weights else ""),
        average="    average = make_average(model)\n" if follows else "",
        given=", average" if follows else "",
        learnt=learnt,
    )
    return [*(text for text, wanted in extras.items() if wanted), train, main]


def _weights(recipe: TrainingRecipe, parts: Parts) -> str:
    """What the optimizer is made for."""
    if parts.treated:
        return "in_groups(model)"
    return "model.parameters()" if recipe.decay_all else "with_decay_apart(model)"


def _begin(parts: Parts, *, sums_up: bool) -> str:
    """How an epoch begins."""
    frozen = BEGIN_FROZEN if parts.treated.frozen else BEGIN
    return frozen + (REDUCED if parts.looks_back else "") + (NO_LOSS if sums_up else "")


def _asked(text: str, in_bf16: bool) -> str:
    """A template in which the network is asked; in bfloat16 through a function of the script's own."""
    return text.replace("model(", "answers(model, ") if in_bf16 else text


def constants_of(recipe: TrainingRecipe) -> list[str]:
    """The settings that the loop names."""
    named = {
        "EPOCHS": recipe.epochs,
        "BATCH_SIZE": recipe.batch_size,
        "ACCUMULATE": recipe.accumulate if recipe.accumulate > 1 else None,
        "CLIP_NORM": recipe.clip_norm,
        "AVERAGE": recipe.average,
        "PATIENCE": recipe.patience,
    }
    return [f"{name} = {value!r}" for name, value in named.items() if value is not None]

"""What a run tells first."""

from workbench.events import RunStarted, StepFinished

STARTED = RunStarted(
    at=0.0, num_parameters=61_706, steps_per_epoch=10, epochs=2, first_step=1, device="cpu", environment={}
)


def step(number: int) -> StepFinished:
    return StepFinished(at=0.1 * number, step=number, loss=1.0, accuracy=0.5, learning_rate=0.1)

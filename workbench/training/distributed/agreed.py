"""Commands to a run of several ranks: all apply the same command after the same step."""

import torch

from workbench.spec.record import Value
from workbench.training.control import Control
from workbench.training.distributed.ranks import Ranks


class Agreed(Control):
    """The first rank's commands, received by all ranks; any rank may request a stop, since any machine may have to go.

    All ranks ask the loop's questions in the same order. Each exchanges flags between the ranks, but for
    ``wants_each_step``, which is answered from the last exchange, so that a step costs one exchange of four bytes.
    """

    def __init__(self, ranks: Ranks) -> None:
        super().__init__()
        self._ranks = ranks
        self._heard = [False] * 4

    def _ask(self) -> None:
        said = [self._stop]
        said += [bool(self._changes), self._watched, self._save] if self._ranks.is_first else [False] * 3
        self._heard = self._ranks.largest(torch.tensor(said, dtype=torch.uint8)).bool().tolist()

    def wants_attention(self) -> bool:
        self._ask()
        return self._heard[0] or self._heard[1] or self._heard[3]

    def wants_stop(self) -> bool:
        self._ask()
        return self._heard[0]

    def wants_each_step(self) -> bool:
        return self._heard[2]

    def wants_save(self) -> bool:
        self._ask()
        return self._heard[3]

    def takes_change(self) -> tuple[str, Value] | None:
        return self._ranks.from_first(super().takes_change, tuple[str, Value] | None)

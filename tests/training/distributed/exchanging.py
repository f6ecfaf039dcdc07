"""What ranks tell each other, checked by each of two: ``python -m tests.training.distributed.exchanging``.

The second rank is on the machine with the run's folder.
"""

import os

import torch

from workbench.training.distributed.ranks import Ranks, join, leave

KEPT = {
    "across": torch.arange(6.0).view(2, 3).T,
    "half": torch.tensor([0.5, 2.0], dtype=torch.bfloat16),
    "count": torch.tensor(2**40),
    "mask": torch.tensor([[True], [False]]),
    "none": torch.zeros(0, 4),
}


def check_sums(ranks: Ranks) -> None:
    own = torch.tensor([1.0, -2.0]) * (ranks.rank + 1)
    given = own.clone()
    assert ranks.sum(given).tolist() == [3, -6] and ranks.largest(given).tolist() == [2, -2]
    assert torch.equal(given, own), "the argument is changed"


def check_lengths(ranks: Ranks) -> None:
    """Each has another number of rows, and one has none."""
    rows = [torch.arange(6).view(3, 2), torch.arange(2).view(1, 2)]
    found = ranks.each(rows[ranks.rank])
    assert [part.tolist() for part in found] == [part.tolist() for part in rows]
    assert torch.equal(ranks.joined(rows[ranks.rank]), torch.cat(rows))
    assert [len(part) for part in ranks.each(torch.ones(2 * ranks.rank, 3, dtype=torch.uint8))] == [0, 2]


def check_first(ranks: Ranks) -> None:
    asked = []

    def make() -> dict[str, list[int | None]]:
        asked.append(ranks.rank)
        return {"ä": [1, None]}

    assert ranks.from_first(make, dict[str, list[int | None]]) == {"ä": [1, None]}
    assert asked == [ranks.rank] * ranks.is_first
    assert ranks.from_first(lambda: "", str) == ""
    heard = ranks.tensors_from_first(KEPT if ranks.is_first else {})
    assert list(heard) == list(KEPT)
    for name, tensor in KEPT.items():
        assert heard[name].dtype == tensor.dtype and torch.equal(heard[name], tensor), name
    assert ranks.tensors_from_first({}) == {}


def check_waiting(ranks: Ranks) -> None:
    """Whoever does not wait is ahead of the other sooner or later."""
    assert ranks.store is not None
    for number in range(50):
        ranks.store.set(f"{number} of {ranks.rank}", "")
        assert ranks.store.check([f"{number} of {ranks.rank}"])  # which waits for the store, as ``set`` does not
        ranks.wait_for_all()
        assert ranks.store.check([f"{number} of {1 - ranks.rank}"]), number


if __name__ == "__main__":
    joined = join()
    assert (joined.size, joined.local, joined.first, joined.many) == (2, 0, 1, True)
    assert joined.part == (int(os.environ["RANK"]), 2) and joined.is_first == (joined.rank == 1)
    for check in (check_sums, check_lengths, check_first, check_waiting):
        check(joined)
    leave(joined)
    os._exit(0)  # as a run's rank does: see ``tests.training.ranked``

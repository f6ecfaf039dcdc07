"""Training: the loop (a generator of events), and the catalogues of optimizers, schedules, losses, measures and
initialisers.

- **The loop**: ``loop`` asks ``control`` for commands between two batches; ``update`` makes a step, ``heads`` compare
  outputs with targets, ``probe`` looks into the layers, ``clock`` tells the time.
- **Before the first step**: ``checking`` says whether there can be one. ``plan`` is what is fixed, ``state``
  (``checkpoint``) what changes; ``beginning`` makes both, with the weights of ``initialisation`` or ``start_weights``.
  ``device``, ``speed`` and ``speed_trial`` say where and how steps are computed, ``treated`` which weights are frozen;
  ``aims`` has the defaults for a column.
- **During a run**: ``changing`` applies a changed setting, ``advice`` is given on its course, ``trouble`` is what
  happens if numbers or memory run out, ``distributed`` joins several processes.
- **The catalogues**, importable without torch: ``optimizer``, ``schedule``, ``loss``, ``measure`` and ``initialiser``
  are the bases of the classes in ``optimizers/``, ``schedules/``, ``losses/``, ``measures/`` and ``initialisers/``;
  ``steps/`` has optimizer steps that torch lacks.
- **Afterwards**: ``results`` names and compares.
- **Trials**: ``rehearsal`` steps without side effects; ``lr_finder`` searches for a learning rate.
"""

from workbench.spec.catalogue import Catalogue
from workbench.training.initialiser import Initialiser
from workbench.training.loss import Loss
from workbench.training.measure import Measure
from workbench.training.optimizer import Optimizer
from workbench.training.schedule import Schedule

OPTIMIZERS: Catalogue[Optimizer] = Catalogue("optimizer", "workbench.training.optimizers", Optimizer)
SCHEDULES: Catalogue[Schedule] = Catalogue("schedule", "workbench.training.schedules", Schedule)
LOSSES: Catalogue[Loss] = Catalogue("loss", "workbench.training.losses", Loss)
MEASURES: Catalogue[Measure] = Catalogue("measure", "workbench.training.measures", Measure)
INITIALISERS: Catalogue[Initialiser] = Catalogue("initialiser", "workbench.training.initialisers", Initialiser)

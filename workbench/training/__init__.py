"""Training: the loop (a generator of events), and the catalogues of optimizers, schedules, losses, measures and
initialisers.

- **The loop**: ``loop`` asks ``control`` for commands between two batches (``agreed`` on by several ranks);
  ``update`` makes a step, ``heads`` compare outputs with targets, ``probe`` looks into the layers, ``clock`` tells
  the time.
- **Before the first step**: ``plan`` is what is fixed, ``state`` (``checkpoint``) what changes; ``beginning`` makes
  both, with the weights of ``initialisation`` or ``start_weights``. ``device``, ``speed`` and ``speed_trial`` say
  where and how steps are computed, ``treated`` which weights are frozen.
- **Whether it can be trained**, before anything is built: ``checks`` (``remedies``), ``habits``, ``memory`` and
  ``memory_limit``; ``aims`` has the defaults for a column.
- **During a run**: ``changes``, ``rate_change`` and ``steering`` apply a changed setting; ``advisor`` gives advice on
  the ``course`` of the run, with ``layer_signs``.
- **If numbers or memory run out**: ``soundness`` notices, ``culprit`` finds where, ``divergence`` ends the run;
  ``fitting`` finds a smaller batch; both by an error of ``failures``.
- **Several processes**: ``ranks``, ``spread`` (DDP, FSDP), ``shared_norm``.
- **The catalogues**, importable without torch: ``optimizer``, ``schedule``, ``loss``, ``measure`` and ``initialiser``
  are the bases of the classes in ``optimizers/``, ``schedules/``, ``losses/``, ``measures/`` and ``initialisers/``;
  ``steps/`` has optimizer steps that torch lacks.
- **Results in words and numbers**: ``measured`` names metrics, ``differing`` compares experiments, ``seeds`` joins
  runs that differ in their seed.
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

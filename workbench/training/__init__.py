"""Training: the loop (a generator of events), and the catalogues of optimizers, schedules, losses, measures and
initialisers.

The catalogues are importable without torch; the loop is ``loop.train``.
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

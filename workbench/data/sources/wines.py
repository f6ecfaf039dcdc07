"""Wines with what was measured of them: a table of numbers that comes with the program."""

from __future__ import annotations

import csv

import numpy as np

from workbench.data.embedded import folder_of
from workbench.data.progress import Progress
from workbench.data.source import DataSource, Examples, Loaded, SourceFacts
from workbench.spec.column import CLASS, Column

WINES = ("Barbera", "Barolo", "Grignolino")

FEATURES = (
    "malic acid",
    "ash",
    "alkalinity of ash",
    "magnesium",
    "total phenols",
    "flavanoids",
    "nonflavanoid phenols",
    "proanthocyanins",
    "color intensity",
    "hue",
    "OD280/OD315",
    "proline",
)

ALCOHOL = "alcohol"

COLUMNS = (Column(name=CLASS, names=WINES), Column(name=ALCOHOL, kind="number", unit="% vol"))


class Wines(DataSource):
    """178 wines of Piedmont of three kinds, each a row of twelve measurements. Built in.

    Predict the kind of wine (the column ``class``) or the ``alcohol``. Wine (Aeberhard and Forina 1992), as in
    scikit-learn; the file ``resources/datasets/wines/wines.csv`` is what a table of your own may look like.
    """

    id = "wines"

    def facts(self) -> SourceFacts:
        return SourceFacts(
            title=self.title(),
            licence="BSD-3-Clause, scikit-learn; CC BY 4.0, UCI",
            columns=COLUMNS,
            num_features=len(FEATURES),
            feature_columns=tuple(Column(name=name, kind="number") for name in FEATURES),
            num_train=178,
            test_share=0.2,
        )

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        with (folder_of(self.id) / "wines.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        examples = Examples(
            inputs=np.array([[row[name] for name in FEATURES] for row in rows], np.float32),
            targets={
                CLASS: np.array([WINES.index(row[CLASS]) for row in rows]),
                ALCOHOL: np.array([[row[ALCOHOL]] for row in rows], np.float32),
            },
            names=np.array([f"row {number}" for number in range(1, len(rows) + 1)], object),
        )
        return Loaded(columns=COLUMNS, train=examples, test_share=0.2)

"""Makes the pictures of the documentation from the program itself: a real window, network and short training.

    python docs/pictures/make.py [NAME ...]     such as window, blocks, code; without names all of them

Needs no display. Everything the run writes goes to a temporary folder.
"""

import os
import sys
import tempfile


def main(wanted: list[str]) -> None:
    """Make the named pictures, or all."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    with tempfile.TemporaryDirectory() as home:
        os.environ["WORKBENCH_HOME"] = home
        # Not before, since Qt and torch read the variables when they are imported.
        import of_data
        import of_mistakes
        import of_networks
        import of_own
        import of_pretrained
        import of_runs
        from PySide6.QtWidgets import QApplication

        app = QApplication([])
        pictures = {
            "activation": of_networks.activation,
            "attention": of_own.attention,
            "batch": of_runs.batch,
            "blocks": of_networks.blocks,
            "canvas": of_networks.canvas,
            "changed": of_runs.changed,
            "class-curves": of_mistakes.class_curves,
            "code": of_networks.code,
            "data": of_data.data,
            "embedding": of_runs.embedding,
            "errors": of_mistakes.errors,
            "numbers": of_data.numbers,
            "features": of_runs.features,
            "folds": of_runs.folds,
            "import": of_networks.import_,
            "frozen": of_networks.frozen,
            "inspector": of_networks.inspector,
            "labels": of_mistakes.labels,
            "latent": of_runs.latent,
            "lecture": of_runs.lecture,
            "map": of_runs.map_of_pictures,
            "masks": of_mistakes.masks,
            "mistakes": of_mistakes.mistakes,
            "denoised": of_mistakes.denoised,
            "opaque": of_networks.opaque,
            "own-masks": of_own.own_masks,
            "own-pictures": of_own.own_pictures,
            "own-rows": of_own.own_rows,
            "pretrained": of_pretrained.pretrained,
            "rates": of_runs.rates,
            "sequence": of_networks.sequence,
            "series": of_data.series,
            "sweep": of_runs.sweep,
            "tradeoff": of_runs.tradeoff,
            "unit": of_data.unit,
            "why": of_own.why,
            "window": of_runs.window,
            "wrong-labels": of_mistakes.wrong_labels,
        }
        for name, photograph in pictures.items():
            if name in wanted or not wanted:
                photograph(app)


if __name__ == "__main__":
    main(sys.argv[1:])

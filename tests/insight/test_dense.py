"""What is measured of each mask and picture by itself, against scikit-learn, scikit-image and torchmetrics."""

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.metrics import accuracy_score, confusion_matrix, jaccard_score
from torchmetrics.image import StructuralSimilarityIndexMeasure

from workbench.insight.dense import SSIM_BATCH, count_pixels, noise_ratios, similarities
from workbench.spec.column import NO_CLASS


def test_pixels_are_counted_as_scikit_learn_counts_them():
    """Of five classes the last one is nowhere; a tenth of the pixels have no class, and those of the last picture."""
    draws = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 5, 7, 9, generator=draws)
    logits[:, 4] = -9
    targets = torch.randint(0, 4, (6, 7, 9), generator=draws)
    targets[torch.rand(targets.shape, generator=draws) < 0.1] = NO_CLASS
    targets[5] = NO_CLASS
    counts = count_pixels(logits, targets)
    predicted, classes = logits.argmax(dim=1).numpy(), list(range(5))
    has_class = targets.numpy() != NO_CLASS
    total = confusion_matrix(targets.numpy()[has_class], predicted[has_class], labels=classes)
    np.testing.assert_array_equal(counts.matrix, total)
    for number in range(5):
        own = has_class[number]
        pair = targets[number].numpy()[own], predicted[number][own]
        np.testing.assert_allclose(
            counts.ious[number].nan_to_num(-1),
            [*jaccard_score(*pair, labels=classes[:4], average=None).tolist(), -1],
            rtol=1e-6,
        )
        assert counts.accuracy[number].item() == pytest.approx(accuracy_score(*pair))
    assert counts.ious[5].isnan().all() and counts.accuracy[5].isnan()


def test_pictures_are_compared_as_scikit_image_and_torchmetrics_do():
    draws = torch.Generator().manual_seed(0)
    targets = torch.rand(SSIM_BATCH + 3, 3, 16, 20, generator=draws)
    outputs = (targets + 0.2 * torch.randn(targets.shape, generator=draws)).clamp(0, 1)
    targets, outputs = targets / 2, outputs / 2  # so that the range is not that of the pictures
    outputs[1] = targets[1]
    ratios, shares = noise_ratios(outputs, targets), similarities(outputs, targets)
    assert ratios[1].isinf() and shares[1].item() == pytest.approx(1)
    for number in (0, 2, SSIM_BATCH + 2):
        pair = targets[number].numpy(), outputs[number].numpy()
        assert ratios[number].item() == pytest.approx(peak_signal_noise_ratio(*pair, data_range=1), rel=1e-5)
        one = slice(number, number + 1)
        reference = StructuralSimilarityIndexMeasure(data_range=(0.0, 1.0))(outputs[one], targets[one])
        assert shares[number].item() == pytest.approx(reference.item(), rel=1e-5)
    whole = structural_similarity(
        *(each[0].numpy() for each in (targets, outputs)),
        data_range=1, channel_axis=0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    )  # fmt: skip
    assert shares[0].item() == pytest.approx(whole, abs=0.02)  # it treats the borders another way


@pytest.mark.parametrize(("sides", "has_none"), [((10, 20), True), ((20, 10), True), ((11, 11), False)])
def test_pictures_smaller_than_the_window_have_no_similarity(sides, has_none):
    assert similarities(torch.rand(2, 1, *sides), torch.rand(2, 1, *sides)).isnan().tolist() == 2 * [has_none]

"""Codes between, drawn and on a plane, against numpy and scikit-learn."""

import numpy as np
import torch
from sklearn.decomposition import PCA

from workbench.insight.latent import between, from_fitted, from_prior, plane_of

CODES = (
    torch.randn(200, 5, generator=torch.Generator().manual_seed(0)) @ torch.diag(torch.tensor([3.0, 2, 1, 0.5, 0])) + 7
)


def test_a_line_of_codes_ends_exactly_at_both():
    found = between(CODES[0].reshape(5, 1), CODES[1].reshape(5, 1), 10)
    assert torch.equal(found[0, :, 0], CODES[0]) and torch.equal(found[-1, :, 0], CODES[1])
    expected = np.linspace(CODES[0].numpy(), CODES[1].numpy(), 10)
    np.testing.assert_allclose(found[..., 0].numpy(), expected, atol=1e-5)


def test_draws_have_the_mean_and_covariance_of_the_codes_and_follow_the_seed():
    drawn = from_fitted(CODES, 20_000, seed=1)
    np.testing.assert_allclose(drawn.mean(dim=0), CODES.mean(dim=0), atol=0.1)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(CODES.T), atol=0.3)
    assert torch.equal(from_fitted(CODES, 3, seed=1), from_fitted(CODES, 3, seed=1))
    assert not torch.equal(from_prior((2, 3), 4, seed=1), from_prior((2, 3), 4, seed=2))
    assert from_fitted(CODES.reshape(200, 5, 1, 1), 3, seed=1).shape == (3, 5, 1, 1)


def test_the_plane_is_that_of_the_principal_components_or_of_two_numbers_themselves():
    pca = PCA(2).fit(CODES.numpy())
    plane = plane_of(CODES)
    np.testing.assert_allclose(plane.directions.norm(dim=1) ** 2, pca.explained_variance_, rtol=1e-4)
    ways = plane.directions / plane.directions.norm(dim=1, keepdim=True)
    np.testing.assert_allclose(np.abs((ways.numpy() * pca.components_).sum(axis=1)), 1, atol=1e-5)
    pair = plane_of(CODES[:, :2])
    np.testing.assert_allclose(pair.directions, np.diag(CODES[:, :2].numpy().std(axis=0, ddof=1)), rtol=1e-5)


def test_of_one_number_or_one_code_the_plane_is_a_line_or_a_point():
    line = plane_of(CODES[:, :1])
    np.testing.assert_allclose(line.directions.abs(), [[CODES[:, 0].std()], [0]], rtol=1e-5)
    for num_numbers in (1, 2, 5):
        point = plane_of(CODES[:1, :num_numbers])
        assert torch.equal(point.centre, CODES[0, :num_numbers]) and point.directions.abs().max() < 1e-9

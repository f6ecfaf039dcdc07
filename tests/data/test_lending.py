import torch

from workbench.data.lending import Lender


def test_memory_comes_back_when_nothing_shares_it_any_more():
    lender = Lender(torch.float32)
    lent = lender.empty((4, 3, 2))
    place = lent.data_ptr()
    assert lent.shape == (4, 3, 2) and lent.dtype == torch.float32
    view = lent[1:, 0]
    del lent
    assert lender.empty((4, 3, 2)).data_ptr() != place
    del view
    smaller = lender.empty((2, 3, 2))
    assert smaller.shape == (2, 3, 2) and place in (smaller.data_ptr(), lender.empty((2, 3, 2)).data_ptr())


def test_a_gradients_way_back_keeps_the_memory():
    lender = Lender(torch.float32)
    inputs = lender.empty((5, 4)).fill_(2.0)
    weight = torch.ones(4, 3, requires_grad=True)
    loss = (inputs @ weight).sum()
    del inputs
    lender.empty((5, 4)).zero_()
    loss.backward()
    assert torch.equal(weight.grad, torch.full((4, 3), 10.0))


def test_what_is_too_small_is_not_given_out():
    lender = Lender(torch.uint8)
    lender.empty((3,)).fill_(1)
    assert lender.empty((1000,)).fill_(2).sum() == 2000

"""Somebody's weights for the network that is drawn: what fits, tensor by tensor, before they are taken."""

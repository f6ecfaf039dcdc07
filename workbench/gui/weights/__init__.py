"""Loading weights into the current network: what fits is shown tensor by tensor before anything is loaded."""

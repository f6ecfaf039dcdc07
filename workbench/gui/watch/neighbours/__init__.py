"""Similar pictures: the twenty nearest by the last hidden layer's activations, or by a statistic of the pictures."""

"""Pictures that the network finds similar: the twenty nearest by the activations of the last hidden layer."""

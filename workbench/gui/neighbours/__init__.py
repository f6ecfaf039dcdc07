"""Pictures similar to the network: the twenty nearest to a chosen one by the activations of the last hidden layer."""

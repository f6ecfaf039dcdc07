"""Pictures that a network finds similar: descriptors from its last hidden layer, and exact nearest neighbours.

"Responses of the last hidden layer can be used as a compact global image descriptor; semantically similar
images should have small Euclidean distance."
"""

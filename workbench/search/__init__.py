"""Similar pictures: descriptors from a network's last hidden layer, or from the pictures alone (``statistics``), and
exact nearest neighbours; ``tsne`` gives each a place in the plane.

"Responses of the last hidden layer can be used as a compact global image descriptor; semantically similar
images should have small Euclidean distance."
"""

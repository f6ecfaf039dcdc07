"""A network's predictions for every picture of a split, and where they are wrong.

``asked`` evaluates the network and has, in one table, what is kept for each kind of head; ``head`` is what all kinds
have in common, ``classes`` the confusion matrix, ``numbers`` the errors of regression, ``labels`` those of which a
picture has any number, ``dense`` masks and pictures, which ``drawn`` makes visible, and
``sheet`` as a file; ``binary`` has the curves of a yes or no, ``calibration`` how far confidence can be trusted.
"""

"""The page of classification heads: the confusion matrix, and the pairs of classes that are confused most often."""

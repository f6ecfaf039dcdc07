"""The page of classification heads: the confusion matrix, the pairs of classes confused most often, and curves."""

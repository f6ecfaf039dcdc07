"""The page of heads of labels: how well each is told, its curves, and what is wrong at a threshold."""

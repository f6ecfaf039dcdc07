"""The page of regression heads: predicted against actual, how the errors are distributed, and how many are small."""

"""The page of heads that predict a class for each pixel, or a picture."""

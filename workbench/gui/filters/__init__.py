"""The first layer's filters, watched as they take shape."""

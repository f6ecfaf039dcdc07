"""The first layer's filters, shown while they are learned."""

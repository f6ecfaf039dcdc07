"""One batch under the glass: its pictures as the network saw them, what it said to each, and each layer's gradient."""

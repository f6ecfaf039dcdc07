"""The latest batch: its pictures as the network saw them, its answer to each, and each layer's gradient."""

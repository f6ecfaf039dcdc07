"""The palette of layers and blocks: searched, dragged, or added with Enter."""

"""The list of layers and blocks to build with: searched, dragged, or added with Enter."""

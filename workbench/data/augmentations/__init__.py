"""The augmentations, one file each; a class in a file of this folder is offered everywhere."""

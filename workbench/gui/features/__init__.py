"""What a layer makes of a picture: all channels' maps, one of them large, and the pictures that excite it the most."""

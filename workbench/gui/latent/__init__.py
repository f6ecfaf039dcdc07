"""The latent space of an autoencoder: pictures between two codes, of drawn codes, and the plane of the codes."""

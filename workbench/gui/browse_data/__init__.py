"""A look through the data: its pictures, what is the matter with them, and which are left out."""

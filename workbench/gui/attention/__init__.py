"""What a network attends to in one picture: each layer and head, for a query that a click chooses."""

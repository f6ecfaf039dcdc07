"""Pictures that the network finds alike: one picture asked for, its twenty nearest by the last hidden response."""

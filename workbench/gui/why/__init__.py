"""Why a network answers as it does for one picture: a map over it, of a method, for a class that is chosen."""

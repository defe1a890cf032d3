"""Who is asking: the token gate, what has been revoked, and the doors' side of both."""

"""Users, sessions, tokens and limits: what they are and what may happen to them."""

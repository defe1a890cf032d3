"""The only one who talks to the player."""

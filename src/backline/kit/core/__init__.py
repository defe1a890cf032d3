"""The words every layer shares: errors, messages, actors, clock, ids. Standard library only."""

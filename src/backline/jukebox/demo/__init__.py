"""Content for trying: people, sounds made on the spot, a queue with votes, an evening's history."""

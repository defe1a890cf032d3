"""The event log: port, consumer loop, relay; PostgreSQL plays the broker of the one box."""

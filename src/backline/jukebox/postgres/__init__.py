"""Tracks, the queue and the room in PostgreSQL."""

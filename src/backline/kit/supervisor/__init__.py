"""Keeps the processes of one box running, and ends them together."""

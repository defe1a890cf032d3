"""Sagas: what takes several transactions, of several services, and ends in one of two ways."""

"""Backline: software that runs a live room from one box."""

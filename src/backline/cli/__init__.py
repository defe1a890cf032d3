"""The `backline` command."""

"""Identity's tables and repositories."""

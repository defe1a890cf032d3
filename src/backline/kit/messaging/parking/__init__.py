"""Dead letters: what a consumer group could not handle, kept in the service's own database."""

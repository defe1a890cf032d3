"""What can be asked about scores."""

from backline.scores.queries import health, personal, scores, tallies

QUERIES = (*scores.QUERIES, *tallies.QUERIES, *personal.QUERIES, *health.QUERIES)

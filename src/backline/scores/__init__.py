"""Scores: what the audience gives to the acts of the line-up, one score per person and event.

Owns the database `backline_scores` and topic `scores.v1`. A score counts once the line-up has taken
it; until then it is `pending`, and a saga brings it there.
"""

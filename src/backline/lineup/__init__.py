"""Lineup: the acts of the evening, until when they are scored, and what has been counted.

Owns the database `backline_lineup` and topic `lineup.v1`. The scores themselves, and who may give
one, are the business of `scores`, which has its versions applied and reverted here over gRPC.
"""

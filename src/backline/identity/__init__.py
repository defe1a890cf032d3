"""Who is who: users, their sessions, and the keys that sign what they may do.

Owns users (guests included), login sessions, one-time links and tickets, what has been revoked,
and the audit log. Doors: REST for people and programs, gRPC for the other services, which check
access tokens by themselves and hear of revocations from here.
"""

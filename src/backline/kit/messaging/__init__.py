"""The event log, what fills it and what reads it; PostgreSQL plays the broker of the one box.

In the order of an event's way:

* from the outbox: `relay` has `leases` on shards and a `lane` for each; `published` keeps for a
  while what left, `waiting` tells what did not yet, `housekeeping` keeps the inboxes small;
* the log: `log` is the port, `open` finds the adapter of a URL; `postgres` writes and
  `postgres_group` reads, or `kafka`, which has the other `kafka_…` beneath it;
* to the handlers: `consumer`, or `batches` of one transaction each; a `watermark` per partition;
* `parking`: what they cannot handle, until somebody decides about it.
"""

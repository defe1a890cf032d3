"""WebSockets: one document with a revision, the same for everybody who watches it."""

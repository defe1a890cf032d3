"""Events leave once their transaction has committed: the table, the codec, the relay."""

"""What may be forgotten: cached answers, counters that expire, messages to whoever listens now."""

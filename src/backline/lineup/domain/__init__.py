"""What the line-up is about: acts, their deadlines, what counts. No I/O, no framework."""

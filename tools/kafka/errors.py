"""What can go wrong with a node."""


class KafkaError(RuntimeError):
    """A node or Maven did not do what was asked."""

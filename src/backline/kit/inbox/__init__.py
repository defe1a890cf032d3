"""Messages arrive once: a delivery is claimed in the transaction that applies its effect."""

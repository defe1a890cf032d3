"""What a second service would otherwise copy. Knows no service."""

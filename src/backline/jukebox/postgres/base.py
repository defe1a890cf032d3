"""What all tables of the jukebox are declared on."""

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """The jukebox's tables. Made by `migrations/`, never by `create_all`."""

"""PostgreSQL: unit of work, engine, embedded server, migrations, doorbell."""

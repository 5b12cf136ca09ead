"""The database: tables, transactions, migrations, and answers kept by idempotency key."""

"""dbt in a code location of its own: only what runs dbt pays for loading it."""

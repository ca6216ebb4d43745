"""Django's PostgreSQL backend, told that a tenant table's key is `(tenant_id, id)`."""

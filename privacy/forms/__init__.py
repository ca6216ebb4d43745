"""What people type about privacy: parsed here, decided in the services."""

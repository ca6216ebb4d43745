"""A CSV file of customers through the same pipeline as the browser's."""

from crm.imports.by_command import ImportCommand


class Command(ImportCommand):
    help = "Imports a CSV file of customers; the same file twice changes nothing."
    kind = "customers"

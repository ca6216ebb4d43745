"""A CSV file of orders through the same pipeline as the browser's."""

from crm.imports.by_command import ImportCommand


class Command(ImportCommand):
    help = "Imports a CSV file of orders; the same file twice changes nothing."
    kind = "orders"

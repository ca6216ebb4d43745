"""Files of customers and orders on their way in.

reading (bytes to rows) -> guessing (which column is what) -> cells, order_rows, customer_rows (rows to checked
lines) -> staging (lines in buckets) -> checking and loading (the two jobs) -> error_file.
"""

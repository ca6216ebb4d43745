"""Reading mail: bytes in, plain values out. No Django, no database, no network; hostile input never raises."""

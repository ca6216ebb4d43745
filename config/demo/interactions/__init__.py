"""What the demo companies did with their customers; invented, and said to be."""

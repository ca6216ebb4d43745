"""What customers are worth, for programs."""

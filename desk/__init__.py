"""Pages made of several rooms: what a person sees."""

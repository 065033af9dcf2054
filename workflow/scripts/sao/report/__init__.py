"""Pages that a person looks at and listens to."""

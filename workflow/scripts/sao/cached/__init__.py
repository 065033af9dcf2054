"""The cache of results that checkouts share, and what can be known of an entry."""

"""What the rules' scripts share. Each module says which packages it needs."""

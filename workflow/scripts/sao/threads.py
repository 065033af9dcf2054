"""How many threads compute what other builds are to get the same of. Standard library only.

Snakemake tells OpenMP's programs, torch and numpy among them, how many their rule has: at most as
many as --cores. Where the number changes a result it may not follow --cores.
"""

# Sums over another number of threads round differently, and what is made of them with them.
THREADS = 2

"""`python -m fetlock_hostapp`: the `fetlock` program, without looking for it on the path."""

from fetlock_hostapp.cli import main

main()

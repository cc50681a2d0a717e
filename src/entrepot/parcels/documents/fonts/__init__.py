"""The vendored fonts, see README.md for where each came from and under which licence."""

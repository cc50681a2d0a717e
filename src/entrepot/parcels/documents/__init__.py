"""Documents on paper: labels, pick lists, packing slips and hand-over lists. Plain values in, PDF bytes out."""

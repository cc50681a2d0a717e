"""One marketplace per family of files; each speaks its own wire format and keeps its own documents."""

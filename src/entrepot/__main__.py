"""`python -m entrepot` is the `entrepot` command."""

from entrepot.cli.main import main

if __name__ == "__main__":
    main()

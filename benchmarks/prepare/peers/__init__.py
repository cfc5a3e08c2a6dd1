"""The same work as a straightforward script in other tools; each runs in a virtual environment of the peers'."""

"""One reader for each kind of file; each writes what it reads into a spool."""

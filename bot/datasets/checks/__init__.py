"""What is looked for in a dataset, one file a family of checks; each gives findings and offers remedies to the ledger."""

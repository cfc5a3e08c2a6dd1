"""Block Kit as Slack checks it: which blocks may stand where, and how much fits into each part."""

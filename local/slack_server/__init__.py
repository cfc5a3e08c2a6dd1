"""A Slack workspace for one machine: it behaves like Slack where a bot can notice, and leaves the bot itself to others."""

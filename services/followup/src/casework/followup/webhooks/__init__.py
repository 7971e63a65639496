"""Outgoing webhooks: what is told to whom (`gatherer`), until it has arrived (`dispatcher`). See docs/webhooks.md."""

"""From a service's store to the topics: what was committed is sent, in order, until it is acknowledged."""

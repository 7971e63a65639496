"""What tests of every distribution share: real parts to run against, and tools to break them."""

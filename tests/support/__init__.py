"""What all tests share: databases, the client that reads every page, the browser."""

"""Letters and notices: what people are told when something happens to a file, by which way, and whether it arrived."""

"""Where and who: the tree of regions, and the firms that assess, build and supervise. Domain §2."""

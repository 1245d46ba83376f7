"""What people say to each other about a file: remarks with mentions and papers, to-dos, telephone calls."""

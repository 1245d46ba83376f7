"""The aggregate every stage works on: the file itself, its timeline, its papers, who is assigned, what may be done."""

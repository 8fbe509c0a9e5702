"""Where data lie that are not read in place: each source gives a snapshot of the columns that are needed."""

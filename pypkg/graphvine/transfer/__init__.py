"""Files in and out of an open graph: in slices on the event loop, in whole transactions, with progress and cancel."""

"""The open project: session, history, edits, measurements."""

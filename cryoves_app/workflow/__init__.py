"""Use cases: the pipeline, the project session, export, batch. No Qt."""

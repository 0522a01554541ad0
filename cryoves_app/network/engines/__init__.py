"""One file per inference engine, all behind the same ``Engine`` interface."""

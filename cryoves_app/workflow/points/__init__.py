"""From vesicles to what lies on them: oriented points, crops and shells as files."""

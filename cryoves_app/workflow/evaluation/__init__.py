"""Results held against the truth or against another person's: pairs, scores, errors, tables, the figure."""

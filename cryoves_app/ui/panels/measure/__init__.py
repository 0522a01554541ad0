"""How the vesicles are divided into pools, and how distances are measured."""

"""Teaching a network: from datasets, and with the corrections of the open project."""

"""What several use cases share: names of files, recipes, resources."""

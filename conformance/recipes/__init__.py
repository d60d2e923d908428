"""The recipes the vectors are built from, one module for each subject."""

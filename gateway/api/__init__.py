"""The answers for programs, one module for each subject."""

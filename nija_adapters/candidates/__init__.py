"""The candidate slots on disk: proposals that earned a book of their own on paper."""

"""Who forbids what: the restrictions in force, and what they leave."""

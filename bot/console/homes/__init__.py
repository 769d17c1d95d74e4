"""Who lives where: claims, doors and codes, and the people at the back."""

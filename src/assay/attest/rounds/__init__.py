"""What each signature or timestamp adds to a bundle, and how it is read."""

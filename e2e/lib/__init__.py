"""What the end-to-end tests stand on: worlds of their own on the real kernel, and ways to look at them."""

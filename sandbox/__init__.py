"""The pod: its two images, `compose.yaml`, the witness, and what makes a sample's pod ready and reads its record."""

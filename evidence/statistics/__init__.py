"""Pure arithmetic over plain values; it knows of no model and no log, so other rooms may import it."""

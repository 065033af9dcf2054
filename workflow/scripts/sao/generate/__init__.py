"""From text to sound: what a generation is made of."""

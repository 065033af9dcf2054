"""From exported programs in fp32 to those of a scheme."""

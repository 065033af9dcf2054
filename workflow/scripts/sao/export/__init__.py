"""From eager modules to torch.export programs."""

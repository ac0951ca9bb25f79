"""What the recorder stores of a training so that anyone can recompute its verdict."""

"""On-device activation steering: directions, a person's coefficients, and what reactions say."""

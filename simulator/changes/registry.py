"""What changed in the Image Registry Operator."""

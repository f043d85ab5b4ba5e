"""What changed in the kubelet."""

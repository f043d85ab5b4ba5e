"""Floor 2: the machines below: nodes, Ceph, S3, EBS."""

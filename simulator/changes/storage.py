"""What changed in claims, volumes, provisioners, Ceph and object storage."""

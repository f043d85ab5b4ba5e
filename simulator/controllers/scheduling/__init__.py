"""Where a pod may run and where it runs best: filters, volumes, affinity, scores. All pure but ``volumes``."""

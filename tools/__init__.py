"""What makes data files of the project from what others publish. Not installed with it."""

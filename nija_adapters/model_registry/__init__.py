"""The model registry: training runs, releases and their aliases in MLflow."""

"""Celery tasks, a few lines each, and base.py, the only retry rule."""

"""The process: Celery app, queues, beat schedule, composition root, command line."""

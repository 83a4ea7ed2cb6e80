"""Defaults of `celery -A worker flower`, read from the working directory: what an operator looks for first.

Flower is open unless told otherwise: start it with --basic-auth or FLOWER_BASIC_AUTH, as everything here does.
"""

# The id is the way to a task's own page, which names the worker; its first eight letters stand in the log lines.
tasks_columns = "name,kwargs,state,result,received,runtime,retries,uuid"
natural_time = True
max_tasks = 20000

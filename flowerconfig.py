"""Defaults of `celery -A worker flower`, read from the working directory: what an operator looks for first.

Flower is open unless told otherwise: start it with --basic-auth or FLOWER_BASIC_AUTH, as everything here does.
"""

tasks_columns = "name,kwargs,state,result,received,runtime,retries,worker"
natural_time = True
max_tasks = 20000

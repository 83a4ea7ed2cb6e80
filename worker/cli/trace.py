"""`orders trace`: one order's whole path."""

from __future__ import annotations

import click

from worker.cli.output import ACCOUNT, fail, json_option, known_account, opened, settings, show, working


@click.command("trace")
@click.argument("order_id")
@click.option("--account", metavar="ACCOUNT", type=ACCOUNT, help="Whose order it is; default: who has heard of it.")
@click.option("--no-amazon", is_flag=True, help="Do not spend one of getOrder's calls.")
@json_option
def trace_order(*, order_id: str, account: str | None, no_amazon: bool, as_json: bool) -> None:
    """Show one order's path: Amazon's version, Redis, tasks, parked item, sale order, deliveries, what Amazon was told.

    Ids, states and times only, nothing of the buyer. Status 1 if nobody has heard of the order.
    """
    from worker.bootstrap import connect_broker, connect_redis
    from worker.cli.orders import known_order
    from worker.facts.trace import accounts_of, steps

    known_order(order_id)
    given = settings()
    if account is not None:
        known_account(given, account)
    there = opened(given)
    broker = connect_broker(given)
    if broker is not None:
        click.get_current_context().call_on_close(broker.close)
    with connect_redis(given) as state, working(f"looking for {order_id}"):
        owners = [account] if account else accounts_of(there, state, order_id)
        if not owners and len(there.accounts) == 1:
            owners = list(there.accounts)
        if not owners:
            fail(f"nobody has heard of {order_id}: say whose it is with --account")
        rows = [
            {"account": owner, **step}
            for owner in owners
            for step in steps(there, state, broker, owner, order_id, ask_amazon=not no_amazon)
        ]
    show(rows, ("account", "where", "found", "when"), as_json=as_json, empty="")

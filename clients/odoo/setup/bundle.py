"""The server action that runs several calls in one transaction, with the rights of the user who asks for it.

It knows nothing of Amazon: which calls, and what their answers mean, is decided by `clients/odoo/bundle.py` and those
who use it. What it may do is in the list of methods here; Odoo's own rights hold for each call as they do for RPC.

The code is kept to what Odoo's `safe_eval` lets pass on all Pythons: no closures, no `with`, no attributes by name.
"""

from __future__ import annotations

from typing import Final

from clients.odoo.bundle import CALLS, CONTEXTS, HOME, REF, TITLE
from clients.odoo.setup.records import Link, Records, Seed, Value
from clients.odoo.setup.schema import BOT_GROUP

CODE: Final = f"""\
# The Amazon connector's calls, one after the other in one transaction, with the rights of the user who asks.
# Given and answered: clients/odoo/bundle.py. Written anew by `odoo setup`: changes made here are lost.
plain = dict(env.context)
calls = plain.pop('{CALLS}', [])
contexts = plain.pop('{CONTEXTS}', {{}})
homes = {{}}
for name in contexts:
    homes[name] = env(context=dict(plain, **contexts[name]))
known = {{}}


def resolved(value):
    if isinstance(value, dict):
        if '{REF}' in value:
            return known[value['{REF}']]
        return {{key: resolved(inner) for key, inner in value.items()}}
    if isinstance(value, list):
        return [resolved(inner) for inner in value]
    return value


def ensured(records, call):
    data = records.env['ir.model.data']
    names = [row[0] for row in call['rows']]
    for name in names:
        if not name.startswith('__amazon_sync__.'):
            raise UserError('not an external id of the connector: ' + name)
    for found in data._lookup_xmlids(names, records):
        if found[6]:
            known[found[1] + '.' + found[2]] = found[6]
    absent = []
    values = []
    for row in call['rows']:
        if row[0] not in known:
            absent.append(row[0])
            values.append(resolved(row[1]))
        elif call.get('fresh'):
            raise UserError('there already: ' + row[0])
    entries = []
    for name, record in zip(absent, records.create(values)):
        known[name] = record.id
        entries.append({{'xml_id': name, 'record': record, 'noupdate': True}})
    data._update_xmlids(entries)
    return [known[name] for name in names]


def answered(call):
    method = call['method']
    records = homes[call['context']][call['model']]
    if method == 'ensure':
        return ensured(records, call)
    if method == 'search_read':
        found = records.search(resolved(call['domain']), order=call['order'])
        return found.read(call['fields'], load='_classic_read' if call['names'] else '')
    if method == 'write_each':
        rows = resolved(call['rows'])
        for record, row in zip(records.browse([row[0] for row in rows]), rows):
            record.write(row[1])
        return True
    if 'domain' in call:
        records = records.search(resolved(call['domain']))
    else:
        records = records.browse(resolved(call['ids']))
    if not records:
        return True
    if method == 'write':
        return records.write(resolved(call['vals']))
    if method == 'action_confirm':
        return bool(records.action_confirm())
    if method == 'button_validate':
        return bool(records.button_validate())
    raise UserError('not a method for a bundle: ' + method)


def tried(call):
    savepoint = env.cr.savepoint()
    try:
        answer = answered(call)
        savepoint.close(rollback=False)
        return answer
    except UserError:
        savepoint.close()
        return None


def as_expected(rows, wanted):
    if len(rows) != len(wanted):
        return False
    for row, values in zip(rows, wanted):
        for name, value in values.items():
            there = row[name]
            if isinstance(value, float):
                if abs(there - value) > 0.0005:
                    return False
            elif isinstance(there, tuple):
                if value not in there:
                    return False
            elif there != value:
                return False
    return True


answers = []
for call in calls:
    answer = tried(call) if call.get('lenient') else answered(call)
    answers.append(answer)
    if 'expected' in call and not as_expected(answer, resolved(call['expected'])):
        break
action = {{'answers': answers}}
"""


def ensure_bundle(records: Records, model_ids: dict[str, int]) -> None:
    """The action, for the bot's group alone; bound to a model without a view, where its users find its id."""
    groups = records.odoo.first_field("ir.actions.server", "group_ids", "groups_id")
    home = Link(model_ids[HOME])
    values: dict[str, Value | Link] = {
        "name": TITLE,
        "model_id": home,
        "state": "code",
        "code": CODE,
        groups: (records.id_of(BOT_GROUP),),
        "binding_model_id": home,
        "binding_view_types": "list",
    }
    records.ensure("ir.actions.server", [Seed("action_bundle", "action that runs calls in one transaction", values)])

import { readFileSync } from 'node:fs';
import salesQ from '../../../src/vendors/sales-q/index.js';
import { digits, fictitious } from '../../support/leads.js';
import { cleared, number } from '../../support/rows.js';
import type { Received } from '../../support/vendor-server.js';
import type { Endpoint, OwnAnswer } from './endpoint.js';
import { before, checked, commandOf, operationOf, push, read } from './endpoint.js';
import { asked, pushed } from './rules.js';

const folder = new URL('../../../fixtures/vendors/sales-q/', import.meta.url);
const fixture = (file: string): string => readFileSync(new URL(file, folder), 'utf8');

const ref = (index: number): string => String(index).padStart(24, 'a');
const row = (index: number) =>
  cleared(index, ref(index), { Phone: number(fictitious(index)), mappingId: ref(index) });
const rows = [row(1), row(2), row(3)];

interface Entry {
  readonly Phone: unknown;
  readonly id: unknown;
  readonly mappingId?: unknown;
}

const entry = (index: number, changes: object = {}): Entry => ({
  Phone: digits(index),
  id: `5b929a13e7c7543ce399ea${index}0`,
  mappingId: ref(index),
  ...changes,
});
const all = [entry(1), entry(2), entry(3)];
const byPhone = ({ mappingId: _ours, ...rest }: Entry): Entry => rest;

const ids = (name: string, list: readonly unknown[], ends: readonly string[]): OwnAnswer => ({
  name: `ids: ${name}`,
  body: () => JSON.stringify({ imported: true, log: 'imported the leads', ids: list }),
  ends,
});
const [yes, doubt] = ['delivered', 'in-doubt'];
const deep = '['.repeat(50_000) + ']'.repeat(50_000);

const says = (name: string, value: unknown, ends: readonly string[], status = 200): OwnAnswer => ({
  name,
  body: () => JSON.stringify(value),
  status,
  ends,
});

const importAnswers: readonly OwnAnswer[] = [
  ...[200, 400].map((status) => ({
    name: `import-refused.json, ${status}`,
    body: () => fixture('import-refused.json'),
    status,
    ends: ['rejected'],
  })),
  {
    name: 'import-refused-sample-flag.json',
    body: () => fixture('import-refused-sample-flag.json'),
    ends: ['rejected'],
  },
  says('refused with 500', { response: false, log: 'x' }, [doubt], 500),
  says('refused with a page behind', { response: false }, ['rejected']),
  says('yes and no', { imported: true, response: false, ids: all }, [doubt]),
  says('no, with ids', { response: false, ids: all }, [doubt]),
  says('the flag of the table', { response: true, ids: all }, [yes]),
  says('the flag as text', { imported: 'true', ids: all }, [yes]),
  says('ids without a flag', { ids: all }, [yes]),
  says('a flag without ids', { imported: true, log: 'imported the leads' }, [doubt]),
  says('the token is wrong', { response: false, log: 'token unknown' }, ['deferred credentials']),
  says('an unexpected token', { response: false, log: 'Unexpected token } in JSON' }, ['rejected']),
  ...[1, 'yes', null, {}, []].map((flag) =>
    says(`flag ${JSON.stringify(flag)} alone`, { imported: flag, log: 'x' }, [doubt]),
  ),
  ids('in order', all, [yes]),
  ids('by phone, in another order', all.map(byPhone).reverse(), [yes]),
  ids('the first is missing', all.slice(1), [doubt, yes, yes]),
  ids('the last is missing', all.slice(0, 2), [yes, yes, doubt]),
  ids('the first is missing, by phone', all.slice(1).map(byPhone), [doubt, yes, yes]),
  ids('a stranger beside them', [entry(9), ...all], [yes]),
  ids('strangers in their places', [entry(7), entry(8), entry(9)], [doubt]),
  ids('one stranger in the first place', [entry(7), entry(2), entry(3)], [doubt, yes, yes]),
  ids(
    'our phones under foreign keys',
    all.map((one) => ({ ...one, mappingId: 'x' })),
    [doubt],
  ),
  ids(
    'neither key nor phone',
    all.map(({ id }) => ({ id })),
    [doubt],
  ),
  ids('the same id for two', [entry(1), entry(2, { id: all[0]?.id }), entry(3)], [doubt, doubt, yes]),
  ids('an entry twice', [...all, entry(1)], [yes]),
  ids('two ids for one', [...all, entry(1, { id: 'other' })], [doubt, yes, yes]),
  ids(
    'keys exchanged against phones',
    [entry(1, { Phone: digits(2) }), entry(2, { Phone: digits(1) }), entry(3)],
    [`${yes}|${doubt}`, `${yes}|${doubt}`, yes],
  ),
  ...[null, '', {}, [], true, { $oid: 'x' }].map((id) =>
    ids(`an id that is ${JSON.stringify(id)}`, [entry(1, { id }), entry(2), entry(3)], [doubt, yes, yes]),
  ),
  ids(
    'an id of ten thousand characters',
    [entry(1, { id: 'x'.repeat(10_000) }), entry(2), entry(3)],
    [`${yes}|${doubt}`, yes, yes],
  ),
  ids('an id of other letters', [entry(1, { id: 'ü😀中' }), entry(2), entry(3)], [yes]),
  ids(
    'phones with marks',
    all.map((one) => ({ id: one.id, phone: `+${String(one.Phone)}` })),
    [yes],
  ),
  ids(
    'phones as numbers',
    all.map((one) => ({ id: one.id, Phone: Number(one.Phone) })),
    [yes],
  ),
  ids(
    'a list of texts',
    all.map(({ id }) => id),
    [doubt],
  ),
  ids(
    'forty thousand strangers',
    Array.from({ length: 40_000 }, (_, at) => ({ id: `s${at}`, Phone: `99${at}` })),
    [doubt],
  ),
  {
    name: 'ids: a number too large to be kept',
    body: () =>
      `{"imported":true,"ids":[{"id":12345678901234567890,"mappingId":"${ref(1)}"},${JSON.stringify(entry(2))},${JSON.stringify(entry(3))}]}`,
    ends: [`${yes}|${doubt}`, yes, yes],
  },
  {
    name: 'success beside something very deep',
    body: () => `{"imported":true,"ids":${JSON.stringify(all)},"x":${deep}}`,
    ends: [`${yes}|${doubt}`],
  },
];

const gone = '5b929a13e7c7543ce399ea13';
const removal = cleared(1, ref(1), { id: gone });
const removed = (obj: unknown): unknown => ({ response: true, log: 'Object deleted', obj });

const removeAnswers: readonly OwnAnswer[] = [
  { name: 'remove-answer.json', body: () => fixture('remove-answer.json'), ends: [yes] },
  { name: 'remove-answer-table.json', body: () => fixture('remove-answer-table.json'), ends: [yes] },
  { name: 'remove-refused.json', body: () => fixture('remove-refused.json'), ends: ['rejected'] },
  says('another lead', removed({ id: 'another' }), [doubt]),
  says('a list of another lead', removed([{ id: 'another' }]), [doubt]),
  says('without the lead', { response: true }, [`${yes}|${doubt}`]),
  says('yes and no', { imported: false, response: true }, [doubt]),
  says('refused with 500', { response: false }, [doubt], 500),
  {
    name: 'a lead that is very deep',
    body: () => `{"response":true,"obj":{"id":"${gone}","x":${deep}}}`,
    ends: [`${yes}|${doubt}`],
  },
  {
    name: 'a lead of a megabyte',
    body: () => JSON.stringify(removed({ id: gone, x: 'y'.repeat(1_000_000) })),
    ends: [`${yes}|${doubt}`],
  },
];

const lead = (index: number): object => ({
  Phone: digits(index),
  Vorname: 'Eva',
  Status: 'Open',
  state: 2,
  id: ref(index),
  chathistory: [],
});
const map = (): object => ({ [ref(1)]: lead(1), [gone]: { ...lead(2), id: gone } });
const never = ['exit 5'];

/** `update`, of which a failure may never look like "no leads". */
const updateAnswers: readonly OwnAnswer[] = [
  { name: 'update-answer.json', body: () => fixture('update-answer.json'), ends: ['data|nothing'] },
  says('a refusal', { response: false, log: 'x' }, never),
  says('a refusal in another form', { imported: false }, never),
  says('a log alone', { log: 'x' }, never),
  says('the token is wrong', { response: false, log: 'token unknown' }, ['exit 4']),
  says('a message alone', { message: 'Internal error' }, never),
  says('an error that is an object', { error: { text: 'x' } }, never),
  says('numbers', { a: 1, b: 2 }, never),
  says('a lead that is null', { [ref(1)]: lead(1), [gone]: null }, never),
  says('a lead that is a text', { [ref(1)]: lead(1), [gone]: 'gone' }, never),
  says('a list with null', [lead(1), null], never),
  says('lists in a list', [[]], never),
  says('a lead without anything', { [ref(1)]: {} }, never),
];

const secrets = { token: 'CANARY/secret+4711 ü' };

const update = (
  id: string,
  covers: string,
  run: Endpoint['run'],
  own: readonly OwnAnswer[] = updateAnswers,
): Endpoint => ({
  id,
  vendor: salesQ,
  covers,
  kind: 'read',
  rows: 1,
  writes: false,
  rule: asked,
  yes: map,
  decisive: [],
  otherwise: { '200: {}': 'nothing|data', '200: []': 'nothing|data|exit 5' },
  own,
  run,
});

const remove = (id: string, options: Record<string, string>): Endpoint => ({
  id,
  vendor: salesQ,
  covers: 'remove',
  kind: 'push',
  rows: 1,
  writes: true,
  rule: pushed,
  yes: () => removed({ id: gone, Phone: digits(1), Vorname: 'Zoë' }),
  decisive: [['response']],
  own: removeAnswers,
  run: (context) => push(operationOf(salesQ, 'remove'), context, options, [removal]),
});

export const salesQEndpoints: readonly Endpoint[] = [
  {
    id: 'sales-q import',
    vendor: salesQ,
    covers: 'import',
    kind: 'push',
    rows: 3,
    writes: true,
    rule: pushed,
    yes: (_request: Received) => ({ imported: true, log: 'Leads übernommen', ids: [...all].reverse() }),
    decisive: [['ids']],
    own: importAnswers,
    run: (context) => push(operationOf(salesQ, 'import'), context, {}, rows),
  },
  remove('sales-q remove', {}),
  remove('sales-q remove --message', { message: 'Auf Wiedersehen' }),
  update('sales-q remove, the look before', 'remove', (context) =>
    before(operationOf(salesQ, 'remove'), context, {}, [removal]),
  ),
  update('sales-q update', 'update', (context) => read(commandOf(salesQ, 'update'), context, {})),
  update('sales-q check', 'check', (context) => checked(salesQ, context)),
];

export const salesQSecrets = { secrets };

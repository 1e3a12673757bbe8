import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/core/json.js';
import type { Cleared, SealedObject } from '../../../src/core/number.js';
import type { OptionValues, VendorContext } from '../../../src/core/vendor.js';
import mmdial from '../../../src/vendors/mmdial/index.js';
import { fictitious } from '../../support/leads.js';
import { cleared, number } from '../../support/rows.js';
import type { Received } from '../../support/vendor-server.js';
import type { Endpoint, End, Judge, OwnAnswer, Seen } from './endpoint.js';
import { checked, commandOf, operationOf, pathOf, push, read } from './endpoint.js';
import { asked, confirmed, fetched, lookedUp, made, pushed } from './rules.js';

const folder = new URL('../../../fixtures/vendors/mmdial/', import.meta.url);
const fixture = (file: string): string => readFileSync(new URL(file, folder), 'latin1');

interface Documented {
  readonly file: string;
  readonly function: string;
  readonly status: number;
  readonly outcome: string | null;
}
const documented = JSON.parse(readFileSync(new URL('answers.json', folder), 'utf8')) as Documented[];

/** The answers of the fixtures to a function that pushes, with the outcomes their list gives. */
const fixtures = (name: string): OwnAnswer[] =>
  documented
    .filter((one) => one.function === name && one.outcome !== null)
    .map(({ file, status, outcome }) => ({
      name: `${file}, ${status}`,
      body: () => fixture(file),
      status,
      ends: [outcome === 'deferred' ? 'deferred credentials' : (outcome ?? '')],
    }));

const readFixture = (file: string, ends: string): OwnAnswer => ({
  name: file,
  body: () => fixture(file),
  ends: [ends],
});

const says = (name: string, value: unknown, ends: string, status = 200): OwnAnswer => ({
  name,
  body: () => (typeof value === 'string' ? value : JSON.stringify(value)),
  status,
  ends: [ends],
});

const phone = fictitious(10);
const row = (payload: SealedObject): Cleared => cleared(1, 'a'.repeat(24), payload);
const listing = row({ number: number(phone, '01713920010') });
const newLead = row({
  data: { phone: number(phone), last_name: 'Groß', leadid_external: 'k1' },
  form: { Tarif: 'A' },
});
const edit = row({ leadid: '10001', data: { notices: 'neu' }, form: {} });
const addOptions = {
  campaign: '12',
  list: '34',
  countryCode: '49',
  invalidcheck: 'yes',
  doubletcheck_global: 'yes',
  doubletcheck_campaign: 'yes',
};
const stats = (counts: object): object => ({ lead_stats: { formaterror_types: [], ...counts } });
const leadAnswer = (notices: string): object => ({
  status: 'found',
  lead_data: { leadid: 10001, phone: '01713920010', last_name: 'Groß', notices },
  formdata: [],
});

/** The endpoint is one function; the others answer in order. */
type Others = Readonly<Record<string, (request: Received, answered: boolean) => unknown>>;
const beside =
  (name: string, others: Others): Beside =>
  (request, answered) => {
    const path = pathOf(request);
    return path === name ? undefined : others[path]?.(request, answered);
  };

type Beside = NonNullable<Endpoint['aside']>;
type Part = Pick<Endpoint, 'id' | 'covers' | 'rule' | 'yes' | 'run'> & Partial<Endpoint>;
const endpoint = (part: Part): Endpoint => ({
  vendor: mmdial,
  kind: 'read',
  rows: 1,
  writes: false,
  decisive: [['status']],
  own: [],
  ...part,
});

const pushes = (
  id: string,
  covers: string,
  rows: Cleared,
  options: OptionValues = {},
): Pick<Endpoint, 'id' | 'covers' | 'kind' | 'run'> => ({
  id,
  covers,
  kind: 'push',
  run: (context) => push(operationOf(mmdial, covers), context, options, [rows]),
});

const ok = { status: 'ok', message: 'übernommen' };
const exists = { status: 'exists' };
const notfound = { status: 'notfound' };

const changes: readonly Endpoint[] = [
  endpoint({
    ...pushes('mmdial dnc add', 'dnc add', listing, { reason: 'asked' }),
    rule: pushed,
    writes: true,
    yes: () => ok,
    own: [
      ...fixtures('dncadd'),
      says('a word nobody knows', { status: 'queued' }, 'in-doubt'),
      says('refused with 500', { status: 'error' }, 'in-doubt', 500),
    ],
    aside: beside('dncadd', { dnccheck: () => exists }),
  }),
  endpoint({
    ...pushes('mmdial dnc add, the look after', 'dnc add', listing),
    rule: confirmed,
    yes: () => exists,
    own: [
      says('not there', notfound, 'in-doubt'),
      says('results', { results: ['01713920010'] }, 'delivered'),
      says('no results', { results: [] }, 'in-doubt'),
      says('an error', { status: 'error', message: 'x' }, 'in-doubt'),
    ],
    aside: beside('dnccheck', { dncadd: () => ok }),
  }),
  endpoint({
    ...pushes('mmdial dnc remove', 'dnc remove', listing, { reason: 'consent' }),
    rule: pushed,
    writes: true,
    yes: () => ok,
    own: [...fixtures('dncdel'), says('doublet', { status: 'doublet' }, 'in-doubt')],
    aside: beside('dncdel', { dnccheck: () => notfound }),
  }),
  endpoint({
    ...pushes('mmdial dnc remove, the look after', 'dnc remove', listing, { reason: 'consent' }),
    rule: confirmed,
    yes: () => notfound,
    own: [
      says('still there', exists, 'in-doubt'),
      says('no results', { results: [] }, 'delivered|in-doubt'),
      says('a result that is null', { results: [null] }, 'in-doubt'),
      says('results that are numbers', { results: [0] }, 'in-doubt|rejected'),
      says('not there, and results', { status: 'notfound', results: ['01713920010'] }, 'in-doubt|rejected'),
      says('an error', { status: 'error', message: 'x' }, 'in-doubt'),
    ],
    aside: beside('dnccheck', { dncdel: () => ok }),
  }),
];

const addAnswers: readonly OwnAnswer[] = [
  ...fixtures('addlead').filter(({ name }) => !name.startsWith('login')),
  says('a wrong login', fixture('login-refused.html'), 'deferred credentials', 401),
  says('status ok without counts', { status: 'ok' }, 'in-doubt'),
  says('status error', { status: 'error', reason: 'campaign unknown' }, 'in-doubt|rejected'),
  says('counts beside an error', { status: 'error', ...stats({ success: 1 }) }, 'delivered|in-doubt'),
  says('two successes', stats({ success: 2 }), 'in-doubt'),
  says('a success and a doublet', stats({ success: 1, doubleterror: 1 }), 'in-doubt'),
  says('half a success', stats({ success: 0.5 }), 'in-doubt'),
  says('a success below zero', stats({ success: -1, doubleterror: 2 }), 'in-doubt'),
  says('counts in a list', { lead_stats: [{ success: 1 }] }, 'in-doubt'),
  says('a doublet with 500', stats({ doubleterror: 1 }), 'in-doubt', 500),
];

const editRun = { campaign: '12', redial: false };
const leads: readonly Endpoint[] = [
  endpoint({
    ...pushes('mmdial leads add', 'leads add', newLead, addOptions),
    rule: pushed,
    writes: true,
    yes: () => stats({ success: 1, error: 0, sqlerror: 0, formaterror: 0, doubleterror: 0, invaliderror: 0 }),
    decisive: [['lead_stats'], ['lead_stats', 'success']],
    own: addAnswers,
  }),
  endpoint({
    ...pushes('mmdial leads edit', 'leads edit', edit, editRun),
    rule: pushed,
    writes: true,
    yes: () => ({ status: 'ok' }),
    own: [
      ...fixtures('editlead'),
      says('ok, but nothing changed', { status: 'ok', reason: 'x' }, 'in-doubt'),
    ],
    aside: beside('editlead', { getleadbyid: (_request, answered) => leadAnswer(answered ? 'neu' : 'alt') }),
  }),
  endpoint({
    ...pushes('mmdial leads edit, the look before', 'leads edit', edit, editRun),
    rule: lookedUp,
    yes: () => leadAnswer('alt'),
    decisive: [['status'], ['lead_data']],
    own: [
      says('not there', notfound, 'rejected'),
      says('an error', { status: 'error', msg: 'x' }, 'not-sent'),
    ],
    aside: lookBefore(),
  }),
  endpoint({
    ...pushes('mmdial leads edit, the look after', 'leads edit', edit, editRun),
    rule: confirmed,
    yes: () => leadAnswer('neu'),
    decisive: [['status'], ['lead_data']],
    own: [
      says('not there any more', notfound, 'in-doubt'),
      says('as it was', leadAnswer('alt'), 'in-doubt'),
      says('an error', { status: 'error', msg: 'x' }, 'in-doubt'),
    ],
    aside: lookAfter(),
  }),
];

/** The first look is under test; once it was answered in order, the edit and the look after it are. */
function lookBefore(): Beside {
  return (request, answered, memory) => {
    if (pathOf(request) === 'editlead') {
      memory.edited = true;
      return { status: 'ok' };
    }
    return memory.edited && answered ? leadAnswer('neu') : undefined;
  };
}

/** The first look and the edit are answered in order; the look after is under test. */
function lookAfter(): Beside {
  return (request, _answered, memory) => {
    if (pathOf(request) === 'editlead') {
      memory.edited = true;
      return { status: 'ok' };
    }
    return memory.edited ? undefined : leadAnswer('alt');
  };
}

const listed: Judge = (document): End => {
  const [first] = (document['results'] ?? []) as readonly JsonObject[];
  return first?.['listed'] === true ? 'data' : 'nothing';
};
const suspicious: Judge = (document, records): End =>
  records.length > 0 ? 'data' : document['suspicious'] === true ? 'suspicious' : 'nothing';
const found: Judge = (document, records): End =>
  document['found'] === false || records.length === 0 ? 'nothing' : 'data';

const asks = (
  id: string,
  covers: string,
  options: OptionValues,
  args: readonly string[] = [],
  judge?: Judge,
): Pick<Endpoint, 'id' | 'covers' | 'run'> => ({
  id,
  covers,
  run: (context) => read(commandOf(mmdial, covers), context, { options, args, ...(judge ? { judge } : {}) }),
});

const noneFor =
  (none: string, otherwise: string) =>
  (value: unknown): string =>
    typeof value === 'object' && value !== null && Object.keys(value).length === 0 ? none : otherwise;

const leadData = { leadid: 7, phone: '01713920010', last_name: 'Groß' };
const many = (): object => ({ status: 'found', lead_data: [leadData], formdata: [{ Tarif: 'A' }] });
const oneLead = (): object => ({ status: 'found', lead_data: leadData, formdata: [] });
const leadsOwn: readonly OwnAnswer[] = [
  says('not there', notfound, 'nothing'),
  says('an error', { status: 'error', msg: 'x' }, 'exit 3'),
  says('found, and nobody', { status: 'found' }, 'exit 5'),
  says('found: null', { status: 'found', lead_data: [null], formdata: [] }, 'exit 5'),
  says('not there, and a lead', { status: 'notfound', lead_data: [leadData] }, 'exit 5|nothing|data'),
];

const found1 = { rule: asked, decisive: [['status'], ['lead_data']], own: leadsOwn } as const;
const looks: readonly Endpoint[] = [
  endpoint({
    ...asks('mmdial leads get --id', 'leads get', { id: '7' }, [], found),
    ...found1,
    yes: oneLead,
    own: [
      ...leadsOwn,
      readFixture('lead-found.json', 'data'),
      readFixture('lead-found-text.json', 'data'),
      readFixture('lead-notfound.json', 'nothing'),
    ],
  }),
  endpoint({
    ...asks('mmdial leads get --phone', 'leads get', { phone: '01713920010' }, [], found),
    ...found1,
    yes: many,
    own: [
      ...leadsOwn,
      readFixture('leads-by-phone.json', 'data'),
      readFixture('leads-none.json', 'nothing'),
      readFixture('lead-error.json', 'exit 3'),
    ],
  }),
  endpoint({
    ...asks('mmdial leads get --external-id', 'leads get', { externalId: 'k1' }, [], found),
    ...found1,
    yes: many,
    own: [
      ...leadsOwn,
      readFixture('leads-by-external.json', 'data'),
      readFixture('leads-by-external-old-name.json', 'data'),
    ],
  }),
  endpoint({
    ...asks('mmdial agents get', 'agents get', {}, ['7'], found),
    rule: asked,
    yes: () => ({ status: 'found', agent_info: [{ agentid: 7, username: 'änne' }] }),
    decisive: [['status'], ['agent_info']],
    own: [
      readFixture('agent-found.json', 'data'),
      readFixture('agent-single.json', 'data'),
      readFixture('agent-notfound.json', 'nothing'),
      says('found, and nobody', { status: 'found' }, 'exit 5'),
    ],
  }),
  endpoint({
    ...asks('mmdial fields', 'fields', { campaign: '12' }),
    rule: asked,
    yes: () => ({ fields: [{ name: 'Kundennummer' }] }),
    decisive: [['fields']],
    spoiled: noneFor('nothing', 'exit 5'),
    own: [
      readFixture('fields.json', 'data'),
      readFixture('fields-none.json', 'nothing'),
      says('fields without names', { fields: [{}, null] }, 'exit 5'),
      says('an error', { status: 'error', message: 'x' }, 'exit 3'),
    ],
  }),
  endpoint({
    ...asks('mmdial dnc check', 'dnc check', {}, ['01713920010'], listed),
    rule: asked,
    yes: () => exists,
    own: [
      says('not listed', notfound, 'nothing'),
      says('results of null', { results: [null] }, 'exit 5'),
      says('results of blanks', { results: [''] }, 'exit 5'),
      says('not listed, and results', { status: 'notfound', results: ['01713920010'] }, 'exit 5|data'),
      says('listed, and no results', { status: 'exists', results: [] }, 'data|exit 5'),
      says('an error', { status: 'error', message: 'x' }, 'exit 3'),
    ],
  }),
  endpoint({
    ...asks('mmdial dnc check --fuzzy', 'dnc check', { fuzzy: true }, ['1713920010'], listed),
    rule: asked,
    yes: () => ({ results: ['01713920010'] }),
    decisive: [['results']],
    spoiled: noneFor('nothing', 'exit 5'),
    own: [
      ...['dnccheck-fuzzy.json', 'dnccheck-fuzzy-numbers.json', 'dnccheck-fuzzy-map.json'].map((file) =>
        readFixture(file, 'data'),
      ),
      readFixture('dnccheck-fuzzy-none.json', 'nothing'),
      says('results of null', { results: [null] }, 'exit 5'),
      says('not listed, and results', { status: 'notfound', results: ['01713920010'] }, 'exit 5|data'),
    ],
  }),
  endpoint({
    ...asks('mmdial dnc list', 'dnc list', {}, [], suspicious),
    // An empty list is taken as suspicious, which closes the gate as an error does.
    rule: { ...asked, unsure: 'exit 5|suspicious' },
    yes: () => '+491713920011\n01713920098\n004917604069098\n',
    text: true,
    decisive: [],
    own: [
      readFixture('dncget-one-column.csv', 'data'),
      readFixture('dncget-header.csv', 'data'),
      readFixture('dncget-empty.csv', 'suspicious'),
      readFixture('dncget-page.html', 'exit 5'),
      says('JSON', { status: 'error' }, 'exit 5'),
      says('lines without a number', 'a;b\nc;d\ne;f\n', 'exit 5'),
    ],
  }),
];

const csv = 'customerfield_phone;customerfield_last_name\r\n01713920010;Meier\r\n';
const exported = (size: number = csv.length): object => ({
  status: 'ok',
  file_id: '55',
  size: String(size),
  url: '/file.csv',
  broken_data_count: '0',
});
const csvFile = { sent: csv };
const sound = `RIFF${'x'.repeat(300)}WAVE`;
const voice = (url: string): object => ({
  recid: 11,
  agentid: 7,
  timestamp: '20260302100100',
  available: 'yes',
  voiceid: 'v11',
  url,
  length: 4,
  size: sound.length,
});

async function download(context: VendorContext): Promise<Seen> {
  const into = await mkdtemp(join(tmpdir(), 'salesq-voices-'));
  const failed: Judge = (document) => (document['failed'] === 0 ? 'data' : 'problem');
  try {
    return await read(commandOf(mmdial, 'voices'), context, {
      options: { lead: '7', download: into },
      judge: failed,
    });
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}

const notAsAnnounced = {
  'success after a BOM': 'exit 5|problem',
  'success amid white space': 'exit 5|problem',
};

const files: readonly Endpoint[] = [
  endpoint({
    ...asks('mmdial export', 'export', { campaign: '12', fields: ['customerfield_phone'] }),
    rule: asked,
    yes: () => exported(),
    decisive: [['status'], ['url']],
    spoiled: () => 'exit 3|exit 5',
    own: [
      readFixture('export-error.json', 'exit 3'),
      says('another size', exported(7), 'exit 5'),
      says(
        'an address inside the network',
        { ...exported(), url: 'http://169.254.169.254/latest/meta-data' },
        'exit 5',
      ),
      says('an address that is a file', { ...exported(), url: 'file:///etc/passwd' }, 'exit 5'),
      says('an address with a login', { ...exported(), url: 'http://a:b@127.0.0.1/x' }, 'exit 5'),
    ],
    aside: (request) => (pathOf(request) === 'file.csv' ? csvFile : undefined),
  }),
  endpoint({
    ...asks('mmdial export, the fields', 'export', { campaign: '12' }),
    rule: asked,
    yes: () => ({ fields: [{ name: 'Tarif' }] }),
    decisive: [['fields']],
    spoiled: noneFor('data', 'exit 5'),
    own: [says('an error', { status: 'error', message: 'x' }, 'exit 3')],
    aside: (request) => ({ 'file.csv': csvFile, exportbystatus: exported() })[pathOf(request)] ?? undefined,
  }),
  endpoint({
    ...asks('mmdial export, the file', 'export', { campaign: '12', fields: ['customerfield_phone'] }),
    rule: asked,
    yes: () => csv,
    text: true,
    decisive: [],
    otherwise: notAsAnnounced,
    aside: (request) => (pathOf(request) === 'exportbystatus' ? exported() : undefined),
  }),
  endpoint({
    ...asks('mmdial voices', 'voices', { phone: '01713920010' }),
    rule: asked,
    yes: () => ({ status: 'ok', voices: [voice('/v.wav')] }),
    decisive: [['voices']],
    spoiled: noneFor('nothing|exit 5', 'exit 5'),
    own: [
      ...['voices-list.json', 'voices-map.json', 'voices-single.json'].map((file) =>
        readFixture(file, 'data'),
      ),
      readFixture('voices-none.json', 'nothing'),
      readFixture('voices-error.json', 'exit 3'),
      says('recordings of null', { status: 'ok', voices: [null] }, 'exit 5'),
      says('recordings that are numbers', { status: 'ok', voices: [1, 2] }, 'exit 5'),
      says('a recording without anything', { status: 'ok', voices: [{}] }, 'exit 5'),
    ],
  }),
  endpoint({
    id: 'mmdial voices --download, the file',
    covers: 'voices',
    rule: fetched,
    yes: () => sound,
    text: true,
    decisive: [],
    otherwise: notAsAnnounced,
    aside: (request) =>
      pathOf(request) === 'searchvoicebyleadid' ? { status: 'ok', voices: [voice('/v.wav')] } : undefined,
    run: download,
  }),
  endpoint({
    ...asks('mmdial lists add', 'lists add', { campaign: '12', description: 'Herbst' }),
    rule: made,
    writes: true,
    yes: () => ({ status: 'ok', listid: 321 }),
    decisive: [['status']],
    own: [
      ...['addlist-ok.json', 'addlist-ok-text.json'].map((file) => readFixture(file, 'data')),
      readFixture('addlist-error.json', 'exit 3'),
      ...[undefined, null, '', [], {}].map((listid) =>
        says(`ok, listid ${JSON.stringify(listid)}`, { status: 'ok', listid }, 'exit 7'),
      ),
      says('refused with 500', { status: 'error' }, 'exit 7', 500),
    ],
  }),
  endpoint({
    id: 'mmdial check',
    covers: 'check',
    rule: asked,
    yes: () => ({ fields: [{ name: 'Tarif' }] }),
    decisive: [['fields']],
    spoiled: noneFor('data', 'exit 5'),
    run: (context) => checked(mmdial, context),
  }),
];

export const mmdialEndpoints: readonly Endpoint[] = [...changes, ...leads, ...looks, ...files];

export const mmdialValues = {
  username: 'ops',
  campaign: 12,
  list: 34,
  countryCode: 49,
  auth: 'auto',
  charset: 'utf-8',
  urlTemplate: '{base}/{function}',
};

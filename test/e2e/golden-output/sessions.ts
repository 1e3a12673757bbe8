import { calltouch, comunik8, mmDial, salesQ } from '../../contract/wire/stand-ins.js';
import type { Answerer, Recorded, Reply } from '../../contract/wire/recorder.js';

export const formats = ['json', 'ndjson', 'csv', 'tsv', 'table'] as const;
export type Format = (typeof formats)[number];

/** A command of a session; its output in every format of the session goes to the golden file `file`. */
export interface Step {
  readonly file: string;
  readonly args: readonly string[];
  readonly input?: string;
  /** The formats it is run in, of those of the session; for steps that no later one depends on. */
  readonly only?: readonly Format[];
  /** A file the command writes, recorded after its output. */
  readonly writes?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Commands one after the other, in a home of its own for each format, so that every format meets the same state. */
export interface Session {
  readonly name: string;
  readonly formats: readonly Format[];
  readonly answerer: () => Answerer;
  readonly files?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** Environment of every command: the secrets of the config below. */
export const secrets = { TEST_SECRET: 'test-secret-1' };

/** A config with the four vendors, each below its own path of one server; a live profile beside it. */
export function configOf(url: string): string {
  const vendors = [
    `sales-q: { url: "${url}/sales-q", token: "env:TEST_SECRET", rate: 1000/s, account: spring }`,
    `comunik8: { url: "${url}/comunik8", key: "env:TEST_SECRET", rate: 1000/s, type: motor-trade }`,
    `calltouch: { url: "${url}/calltouch", token: "env:TEST_SECRET", rate: 1000/s, siteId: 4711 }`,
    `mmdial: { url: "${url}/mmdial/api/", username: ops, password: "env:TEST_SECRET", rate: 1000/s, campaign: 12, list: 34 }`,
  ].map((line) => `      ${line}`);
  return [
    'defaultProfile: acme',
    'profiles:',
    '  acme:',
    '    country: DE',
    '    vendors:',
    ...vendors,
    '  shop:',
    '    live: true',
    '    country: GB',
    '    phoneFormat: e164',
    '    recontact: after:90d',
    '    vendors:',
    `      sales-q: { url: "${url}/sales-q", token: "env:TEST_SECRET", rate: 1000/s, account: shop }`,
    '  bare:',
    '    vendors:',
    `      sales-q: { url: "${url}/sales-q", token: "env:NOT_SET", account: bare }`,
    '  gone:',
    '    country: DE',
    '    vendors:',
    '      sales-q: { url: "http://127.0.0.1:9", token: "env:TEST_SECRET", account: gone }',
    '',
  ].join('\n');
}

/** Sends each request to the stand-in its path names; what a test says about one vendor stands in for it. */
function allVendors(instead: Readonly<Record<string, Answerer>> = {}): Answerer {
  const byPath: Readonly<Record<string, Answerer>> = {
    'sales-q': salesQ(),
    comunik8: comunik8(),
    calltouch: calltouch(),
    mmdial: mmDial(),
    ...instead,
  };
  return (request, own) => {
    const [, first = '', rest = ''] = /^\/([^/?]*)(.*)$/.exec(request.target) ?? [];
    if (first === 'files') return byPath['mmdial']?.(request, own) ?? null;
    return byPath[first]?.({ ...request, target: rest }, own) ?? { status: 404, body: 'no such vendor' };
  };
}

const csv = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;
const jsonOf = ({ body }: Recorded): Record<string, unknown> =>
  JSON.parse(body.toString('utf8')) as Record<string, unknown>;

/** Good ones, one twice, one held, one that is no number, one on the do-not-call list. */
const mixed = csv(
  'Telefon;Vorname;Ort',
  '+49 171 3920001;Zoë;Görlitz',
  '0171 3920002;"Jürgen; genannt ""Jo""";Köln',
  '491713920003;Uwe;Bonn',
  '12;Ada;Ulm',
  '0171/3920001;Zoë;Görlitz',
  '0171 3920005;Nie;Kiel',
);

/** One session: a file of every kind of row, looked at from all sides. */
const push: Session = {
  name: 'push',
  formats,
  answerer: () => allVendors(),
  files: { 'leads.csv': mixed, 'listed.csv': csv('number', '0171 3920005', '+43 664 123456') },
  steps: [
    { file: 'runs-list-without-ledger', args: ['runs', 'list'], only: ['json', 'table'] },
    { file: 'dnc-add', args: ['dnc', 'add', '--from', 'listed.csv', '--reason', 'Anruf, für immer'] },
    { file: 'dnc-list', args: ['dnc', 'list'] },
    { file: 'dnc-check', args: ['dnc', 'check', '0171 3920005', '0171 3920001'] },
    { file: 'sales-q-import-dry-run', args: ['sales-q', 'import', 'leads.csv', '--dry-run'] },
    {
      file: 'sales-q-import-dry-run',
      args: ['sales-q', 'import', 'leads.csv', '--dry-run', '-q'],
      only: ['table'],
    },
    {
      file: 'sales-q-import',
      args: ['sales-q', 'import', 'leads.csv', '--results', 'results.csv'],
      writes: 'results.csv',
    },
    { file: 'sales-q-import-again', args: ['sales-q', 'import', 'leads.csv'] },
    { file: 'runs-list', args: ['runs', 'list'] },
    { file: 'runs-show', args: ['runs', 'show', 'last'] },
    { file: 'runs-rows', args: ['runs', 'rows', 'last'] },
    {
      file: 'runs-rows-state',
      args: ['runs', 'rows', 'last', '--state', 'held', '--state', 'invalid', '--show-pii'],
    },
    { file: 'runs-rows-events', args: ['runs', 'rows', 'last', '--events'] },
    { file: 'runs-resume-finished', args: ['runs', 'resume', 'last'], only: ['json', 'table'] },
    { file: 'runs-work-finished', args: ['runs', 'work', 'last'], only: ['json', 'table'] },
    { file: 'runs-retry', args: ['runs', 'retry', 'last', '--phone-format', 'intl-digits'] },
    { file: 'sales-q-update', args: ['sales-q', 'update'] },
    {
      file: 'sales-q-update',
      args: ['sales-q', 'update', '--status', 'Done', '--no-chat', '--show-pii'],
      only: ['table'],
    },
    { file: 'sales-q-remove', args: ['sales-q', 'remove', 'lead-491713920001', '--message', 'Tschüß'] },
    {
      file: 'dnc-remove-unanswered',
      args: ['dnc', 'remove', '0171 3920005', '--reason', 'Irrtum'],
      only: ['json', 'table'],
    },
    { file: 'dnc-remove', args: ['dnc', 'remove', '0171 3920005', '--reason', 'Irrtum', '--yes'] },
  ],
};

/** Sales_Q that refuses some, loses its answer for some, and never gets some; told apart by the last digit. */
function moody(): Answerer {
  const quiet = salesQ();
  return (request, own): Reply => {
    if (request.target !== '/import') return quiet(request, own);
    const [lead] = jsonOf(request)['leads'] as { readonly Phone: string }[];
    if (lead?.Phone.endsWith('7'))
      return { body: { imported: false, log: 'leads are not parser-compliant' } };
    if (lead?.Phone.endsWith('9')) return null;
    const reply = quiet(request, own);
    return lead?.Phone.endsWith('8') ? null : reply;
  };
}

/** Lost answers: found again, decided by a person, gone on with, tried again. */
const doubt: Session = {
  name: 'doubt',
  formats,
  answerer: () => allVendors({ 'sales-q': moody() }),
  files: {
    'leads.csv': csv(
      'Telefon;Vorname',
      '0171 3920007;Ada',
      '0171 3920008;Bo',
      '0171 3920009;Cid',
      '0171 3920010;Dan',
      '0171 3920011;Eda',
    ),
  },
  steps: [
    {
      file: 'sales-q-import-in-doubt',
      args: ['sales-q', 'import', 'leads.csv', '--batch-size', '1', '--limit', '4'],
    },
    { file: 'runs-show-in-doubt', args: ['runs', 'show', 'last'], only: ['json', 'table'] },
    { file: 'runs-reconcile', args: ['runs', 'reconcile', 'last'] },
    { file: 'runs-resume', args: ['runs', 'resume', 'last'] },
    {
      file: 'runs-resolve',
      args: ['runs', 'resolve', 'last', '--row', '3', '--as', 'delivered', '--reason', 'gesehen'],
    },
    { file: 'runs-reconcile-nothing', args: ['runs', 'reconcile', 'last'], only: ['json', 'table'] },
    { file: 'runs-retry-unchanged', args: ['runs', 'retry', 'last'], only: ['json', 'table'] },
    {
      file: 'runs-rows-events-in-doubt',
      args: ['runs', 'rows', 'last', '--events'],
      only: ['json', 'table'],
    },
  ],
};

const mmdial: Session = {
  name: 'mmdial',
  formats: ['json', 'csv', 'table'],
  answerer: () => allVendors(),
  files: {
    'leads.csv': csv(
      'Telefon;Telefon 2;Nachname;Tarif',
      '+49 171 3920021;030 23125441;Groß;Grün',
      '0171/3920021;;Groß;',
      '12;;Kurz;',
      '0171 3920022;;Müller;A & B',
    ),
    'edit.csv': csv('leadid;Notizen;Ort', '7;neu;Görlitz', '99;fehlt;'),
  },
  steps: [
    {
      file: 'mmdial-dnc-add',
      args: ['mmdial', 'dnc', 'add', '0171 3920005', '01713920098', '--reason', 'Anruf'],
    },
    { file: 'mmdial-dnc-check', args: ['mmdial', 'dnc', 'check', '0171 3920005', '0171 3920001'] },
    {
      file: 'mmdial-dnc-check',
      args: ['mmdial', 'dnc', 'check', '39200', '--fuzzy'],
      only: ['json', 'table'],
    },
    { file: 'mmdial-dnc-list', args: ['mmdial', 'dnc', 'list'] },
    {
      file: 'mmdial-dnc-remove',
      args: ['mmdial', 'dnc', 'remove', '0171 3920005', '--reason', 'Irrtum', '--yes'],
      only: ['json', 'table'],
    },
    {
      file: 'mmdial-leads-add-dry-run',
      args: ['mmdial', 'leads', 'add', 'leads.csv', '--dry-run'],
      only: ['json', 'table'],
    },
    { file: 'mmdial-leads-add', args: ['mmdial', 'leads', 'add', 'leads.csv'] },
    { file: 'mmdial-leads-edit', args: ['mmdial', 'leads', 'edit', 'edit.csv'] },
    { file: 'mmdial-leads-get', args: ['mmdial', 'leads', 'get', '--phone', '01713920010'] },
    {
      file: 'mmdial-leads-get-unknown',
      args: ['mmdial', 'leads', 'get', '--id', '4712'],
      only: ['json', 'table'],
    },
    {
      file: 'mmdial-lists-add',
      args: ['mmdial', 'lists', 'add', '--description', 'März'],
      only: ['json', 'table'],
    },
    { file: 'mmdial-fields', args: ['mmdial', 'fields'] },
    { file: 'mmdial-agents-get', args: ['mmdial', 'agents', 'get', '7'] },
    { file: 'mmdial-export', args: ['mmdial', 'export'] },
    {
      file: 'mmdial-export-out',
      args: ['mmdial', 'export', '--out', 'out.csv'],
      only: ['json', 'table'],
      writes: 'out.csv',
    },
    { file: 'mmdial-voices', args: ['mmdial', 'voices', '--lead', '10'] },
    {
      file: 'mmdial-voices-download',
      args: ['mmdial', 'voices', '--agent', '7', '--download', 'recordings'],
      only: ['json', 'table'],
      writes: 'recordings/manifest.json',
    },
  ],
};

/** Comunik8 that says each of its documented answers; told apart by the last digit. */
const dialler: Answerer = (request, own) => {
  const last = String(jsonOf(request)['mobile']).slice(-1);
  if (request.target.startsWith('/lead/cancel'))
    return { body: last === '1' ? { cancelled: true } : { cancelled: false, warning: 'already processed' } };
  if (jsonOf(request)['test'] !== true && last === '2')
    return { body: { saved: true, processed: false, error: 'Existing Contact' } };
  if (last === '3') return { body: { saved: true, processed: false, error: 'Unknown Type' } };
  return comunik8()(request, own);
};

const others: Session = {
  name: 'others',
  formats: ['json', 'ndjson', 'table'],
  answerer: () => allVendors({ comunik8: dialler }),
  files: {
    'british.csv': csv(
      'email,First name,Surname,Mobile,Make',
      'a@example.com,A,B,07400 123451,Ford',
      'c@example.com,C,D,07400 123452,',
      'e@example.com,E,F,07400 123453,',
      'nobody,G,H,07400 123454,',
    ),
    'back.csv': csv('mobile', '07400 123451', '07400 123452'),
    'notes.csv': csv(
      'callId;phones;date;comment',
      '1;;;Größe',
      ';79157771122;2020-10-01T09:00:00Z;ночь',
      ';79157771123;;ohne Datum',
      ';;03/04/2020;Datum',
    ),
  },
  steps: [
    {
      file: 'comunik8-add-dry-run',
      args: ['comunik8', 'add', 'british.csv', '--country', 'GB', '--dry-run', '--subtype', 'fleet'],
    },
    { file: 'comunik8-add-test', args: ['comunik8', 'add', 'british.csv', '--country', 'GB', '--test'] },
    { file: 'comunik8-add', args: ['comunik8', 'add', 'british.csv', '--country', 'GB', '--delay', '600'] },
    { file: 'comunik8-cancel', args: ['comunik8', 'cancel', 'back.csv', '--country', 'GB'] },
    { file: 'runs-list-of-several', args: ['runs', 'list'] },
    { file: 'calltouch-comment-dry-run', args: ['calltouch', 'comment', 'notes.csv', '--dry-run'] },
    { file: 'calltouch-comment', args: ['calltouch', 'comment', 'notes.csv'] },
  ],
};

const profiles: Session = {
  name: 'profiles',
  formats: ['json', 'csv', 'table'],
  answerer: () => allVendors(),
  steps: [
    { file: 'profiles-list', args: ['profiles', 'list'] },
    { file: 'profiles-show', args: ['profiles', 'show'] },
    {
      file: 'profiles-show',
      args: ['profiles', 'show', 'shop', '--ledger', 'other.db'],
      only: ['table'],
      env: { SALESQ_OUTPUT: 'table' },
    },
    { file: 'profiles-check', args: ['profiles', 'check'] },
    { file: 'profiles-check-missing-secret', args: ['profiles', 'check', 'bare'], only: ['json', 'table'] },
    { file: 'sales-q-listen-list', args: ['sales-q', 'listen', 'list'], only: ['json', 'table'] },
  ],
};

const ledger: Session = {
  name: 'ledger',
  formats: ['json', 'table'],
  answerer: () => allVendors(),
  files: { 'leads.csv': mixed, 'done.csv': csv('Telefon;Vorname', '0171 3920030;Fay') },
  steps: [
    { file: 'ledger-missing', args: ['ledger', 'status'] },
    { file: 'ledger-import', args: ['sales-q', 'import', 'done.csv'] },
    { file: 'ledger-import', args: ['sales-q', 'import', 'leads.csv', '--batch-size', '1', '--limit', '1'] },
    { file: 'ledger-status', args: ['ledger', 'status'] },
    { file: 'ledger-check', args: ['ledger', 'check'] },
    { file: 'ledger-migrate', args: ['ledger', 'migrate'] },
    { file: 'ledger-backup', args: ['ledger', 'backup', 'backup.db'] },
    { file: 'ledger-backup', args: ['ledger', 'backup', 'backup.db'] },
    { file: 'ledger-copy', args: ['ledger', 'copy', 'new.db'] },
    { file: 'ledger-copy', args: ['ledger', 'copy', 'new.db', '--yes'] },
    { file: 'ledger-moved', args: ['sales-q', 'import', 'leads.csv'] },
    { file: 'ledger-adopt', args: ['ledger', 'adopt', '--yes'] },
    { file: 'ledger-purge', args: ['ledger', 'purge'] },
    { file: 'ledger-purge', args: ['ledger', 'purge', '--older-than', '0s', '--dry-run'] },
    { file: 'ledger-purge', args: ['ledger', 'purge', '--older-than', '0s', '--yes'] },
  ],
};

const refused = (status: number): Answerer => allVendors({ 'sales-q': () => ({ status, body: {} }) });

/** A live profile, a canary, refused credentials and a vendor that is down. */
const gates: Session = {
  name: 'gates',
  formats: ['json', 'table'],
  answerer: () => allVendors(),
  files: { 'leads.csv': csv('Phone,Name', '+447400123451,Ann', '+447400123452,Ben', '+447400123453,Cat') },
  steps: [
    { file: 'live-unconfirmed', args: ['sales-q', 'import', 'leads.csv', '--profile', 'shop'] },
    {
      file: 'live-unconfirmed',
      args: ['sales-q', 'import', 'leads.csv', '--profile', 'shop', '--live', 'acme'],
    },
    {
      file: 'canary',
      args: ['sales-q', 'import', 'leads.csv', '--profile', 'shop', '--live', 'shop', '--canary', '1'],
    },
    { file: 'canary', args: ['sales-q', 'import', 'leads.csv', '--profile', 'shop', '--live', 'shop'] },
  ],
};

const credentials: Session = {
  name: 'credentials',
  formats: ['json', 'table'],
  answerer: () => refused(401),
  files: { 'leads.csv': mixed },
  steps: [
    { file: 'credentials-refused', args: ['sales-q', 'import', 'leads.csv'] },
    { file: 'credentials-refused', args: ['sales-q', 'update'] },
    { file: 'credentials-refused', args: ['profiles', 'check'] },
  ],
};

/** A vendor that cannot be reached, and one that fails: rows stay ready, or are in doubt. */
const down: Session = {
  name: 'down',
  formats: ['json', 'table'],
  answerer: () => refused(503),
  files: { 'leads.csv': mixed, 'one.csv': csv('Telefon', '0171 3920030') },
  steps: [
    { file: 'vendor-unreachable', args: ['sales-q', 'import', 'one.csv', '--profile', 'gone'] },
    { file: 'vendor-fails', args: ['sales-q', 'import', 'leads.csv'] },
  ],
};

const broken = (file: string, ...args: readonly string[]): Step => ({ file, args });

/** What is refused before anything is sent. */
const errors: Session = {
  name: 'errors',
  formats: ['json', 'table'],
  answerer: () => allVendors(),
  files: {
    'leads.csv': mixed,
    'no-phone.csv': csv('Vorname;Ort', 'Zoë;Görlitz'),
    'ragged.csv': csv('Telefon;Ort', '0171 3920001;Kiel;zu viel'),
    'dots.csv': csv('Telefon;Ort.Teil', '0171 3920001;Kiel'),
    'empty.csv': '',
  },
  steps: [
    broken('error-unknown-profile', 'sales-q', 'import', 'leads.csv', '--profile', 'nobody'),
    broken('error-no-phone-column', 'sales-q', 'import', 'no-phone.csv'),
    broken('error-ragged-file', 'sales-q', 'import', 'ragged.csv'),
    broken('error-forbidden-column', 'sales-q', 'import', 'dots.csv'),
    broken('error-empty-file', 'sales-q', 'import', 'empty.csv'),
    broken('error-missing-file', 'sales-q', 'import', 'absent.csv'),
    broken('error-missing-secret', 'sales-q', 'import', 'leads.csv', '--profile', 'bare'),
    broken('error-bad-value', 'sales-q', 'import', 'leads.csv', '--rate', 'soon'),
    broken('error-unknown-flag', 'sales-q', 'import', 'leads.csv', '--dryrun'),
    broken('error-unknown-command', 'sales-q', 'imprt', 'leads.csv'),
    broken('error-missing-argument', 'sales-q', 'import'),
    broken('error-unknown-run', 'runs', 'show', '01ABC'),
    broken('error-bad-number', 'dnc', 'add', '4,91511E+11', '--reason', 'x'),
    broken('error-missing-config', 'profiles', 'list', '--config', 'absent.yml'),
  ],
};

export const sessions: readonly Session[] = [
  push,
  doubt,
  mmdial,
  others,
  profiles,
  ledger,
  gates,
  credentials,
  down,
  errors,
];

/** Every command that has a help text of its own, groups and leaves. */
export const commands: readonly string[] = [
  '',
  'demo',
  'profiles',
  'profiles list',
  'profiles show',
  'profiles check',
  'sales-q',
  'sales-q import',
  'sales-q remove',
  'sales-q update',
  'sales-q listen',
  'sales-q listen list',
  'comunik8',
  'comunik8 add',
  'comunik8 cancel',
  'calltouch',
  'calltouch comment',
  'mmdial',
  'mmdial dnc',
  'mmdial dnc add',
  'mmdial dnc remove',
  'mmdial dnc check',
  'mmdial dnc list',
  'mmdial leads',
  'mmdial leads add',
  'mmdial leads edit',
  'mmdial leads get',
  'mmdial lists add',
  'mmdial fields',
  'mmdial export',
  'mmdial voices',
  'mmdial agents get',
  'runs',
  'runs list',
  'runs show',
  'runs rows',
  'runs resume',
  'runs work',
  'runs retry',
  'runs reconcile',
  'runs resolve',
  'dnc',
  'dnc add',
  'dnc remove',
  'dnc check',
  'dnc list',
  'ledger',
  'ledger status',
  'ledger check',
  'ledger migrate',
  'ledger backup',
  'ledger copy',
  'ledger adopt',
  'ledger purge',
  'sandbox',
];

import type { Answerer } from './recorder.js';
import { calltouch, comunik8, mmDial, salesQ } from './stand-ins.js';

/** Token, key or password of every profile here, recognisable where it travels. */
export const testSecret = 'test-secret/&1';

/** One run of the program. */
export interface Step {
  readonly args: readonly string[];
  readonly input?: string;
}

/** What is done in one home with one ledger, one step after the other; recorded in one file of that name. */
export interface WireCase {
  readonly name: string;
  /** Its id. */
  readonly vendor: string;
  /** Settings of the vendor beside its address and its secrets, as YAML flow pairs. */
  readonly settings?: string;
  readonly country?: string;
  readonly answerer: Answerer;
  readonly files?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const csv = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;
const ndjson = (...rows: readonly unknown[]): string =>
  `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
const run = (...args: readonly string[]): Step => ({ args });

/** People of several notations: mobile and landline, home and abroad, spaced, slashed, bracketed. */
const people = csv(
  'Anrede;Vorname;Nachname;Handynummer;Ort;Anfrage am;mappingId',
  'Frau;Zoë;Groß;+49 171 3920001;Görlitz;02.03.2026;KD-0001',
  'Herr;Jürgen;Müller;0171/3920002;Köln;02.03.2026;',
  'Frau;Änne;Weiß;0049 171 392 00 03;Nürnberg;;KD-0003',
  'Herr;José;"Käfer; Söhne";+49 (0)171 3920004;"Straße ""5""";03.03.2026;',
  'Frau;Þóra;Jónsdóttir;+43 664 123456;Wien;;',
);

const script = [
  {
    content: '{Anrede} {Nachname}, dürfen wir Sie anrufen?\n A) Ja\n B) Nein',
    state: 1,
    next: [
      { answer: 'A', next: 2, value: 'ja' },
      { answer: 'B', next: 3, value: 'nein' },
    ],
    dataconnect: 'Anruf erlaubt',
  },
  { content: 'Danke, bis gleich.', state: 2, next: 2 },
  { content: 'Schade. Auf Wiedersehen!', state: 3, next: 3 },
];
const ownScript = [{ content: 'Guten Tag {Nachname}', state: '1', next: '1' }];

const salesQCases: readonly WireCase[] = [
  {
    name: 'sales-q-import',
    vendor: 'sales-q',
    answerer: salesQ(),
    files: {
      'people.csv': people,
      'rows.json': JSON.stringify([
        {
          Phone: '+491713920011',
          Nachname: 'Größe',
          Alter: 23,
          Termin: true,
          mappingId: 'KD-0011',
          script: ownScript,
        },
        { Phone: '0171 3920012', Nachname: 'Ünal', Alter: 41.5, Termin: false },
      ]),
      'more.csv': csv('Phone,Nachname', '0171 3920021,Ä', '0171 3920022,Ö', '0171 3920023,Ü'),
      'script.json': JSON.stringify(script),
    },
    steps: [
      run('sales-q', 'import', 'people.csv'),
      run('sales-q', 'import', 'rows.json', '--script', 'script.json', '--set', 'Quelle=Messe'),
      run('sales-q', 'import', 'more.csv', '--batch-size', '2', '--limit', '2'),
      run('sales-q', 'import', 'more.csv', '--batch-size', '2'),
      run('sales-q', 'import', 'more.csv'),
      {
        args: ['sales-q', 'import', '-'],
        input: ndjson({ Telefon: '01713920031', Name: 'Žižek', PLZ: '02826' }),
      },
    ],
  },
  {
    name: 'sales-q-import-script-numbers',
    vendor: 'sales-q',
    settings: 'scriptNumbers: true',
    answerer: salesQ(),
    files: { 'one.csv': csv('Phone,Nachname', '+491713920001,Groß'), 'script.json': JSON.stringify(script) },
    steps: [run('sales-q', 'import', 'one.csv', '--script', 'script.json')],
  },
  {
    name: 'sales-q-import-mapped',
    vendor: 'sales-q',
    answerer: salesQ(),
    files: {
      'odd.csv': csv(
        'Tel. 1\tNr.\tWer\tInterne Notiz',
        '491713920001\t17\tZoë Groß\tgeheim',
        '491713920002\t18\tJürgen Müller\tgeheim',
      ),
      'map.yml': csv(
        'fields:',
        '  Phone: Tel. 1',
        '  mappingId: Nr.',
        'free:',
        '  Wer: Name',
        "ignore: ['Interne Notiz']",
      ),
    },
    steps: [run('sales-q', 'import', 'odd.csv', '--map', 'map.yml', '--phone-format', 'intl-digits')],
  },
  {
    name: 'sales-q-remove',
    vendor: 'sales-q',
    answerer: salesQ({ removes: [3, 6] }),
    files: { 'ids.csv': csv('id,Grund', 'lead-17,erledigt', 'lead-18,erledigt') },
    steps: [
      run('sales-q', 'remove', '5b929a13e7c7543ce399ea13'),
      run(
        'sales-q',
        'remove',
        '5b929a13e7c7543ce399ea14',
        '--message',
        'Danke, Frau Müller. Auf Wiedersehen!',
      ),
      run('sales-q', 'remove', '--from', 'ids.csv', '--ignore', 'Grund'),
      run('sales-q', 'remove', 'lead-19', '--message', 'Tschüß'),
      run('runs', 'reconcile', 'last'),
    ],
  },
  {
    name: 'sales-q-reconcile',
    vendor: 'sales-q',
    answerer: salesQ({ imports: [1] }),
    files: { 'people.csv': people },
    steps: [
      run('sales-q', 'import', 'people.csv'),
      run('runs', 'reconcile', 'last'),
      run('sales-q', 'import', 'people.csv'),
    ],
  },
  {
    name: 'sales-q-reads',
    vendor: 'sales-q',
    answerer: salesQ(),
    steps: [
      run('sales-q', 'update'),
      run('sales-q', 'update', '--status', 'Done', '--phone', '0171 3920091', '--no-chat'),
      run('profiles', 'check'),
    ],
  },
];

const british = csv(
  'email,First name,Surname,Mobile,Other phone,Vehicle make,Address,subtype',
  'eva@example.com,Eva,Muster,07400 123456,020 7946 0018,Ford,"123 ""Green"" Road",valeter',
  'zoe@example.com,Zoë,O’Brien,+44 7400 123457,+44 (0)20 7946 0019,Škoda,,',
  'jo@example.com,Jo,Bloggs,0044 7400 123458,02079460020,,"2, High Street",',
  'al@example.com,Al,Smith,+44 (0)7400 123459,,VW,,',
  'mo@example.com,Mo,Jones,(07400) 123-460,0044 20 7946 0021,,,',
);

const comunik8Cases: readonly WireCase[] = [
  {
    name: 'comunik8-add',
    vendor: 'comunik8',
    country: 'GB',
    settings: 'type: motor-trade',
    answerer: comunik8(),
    files: {
      'british.csv': british,
      'german.csv': csv('E-Mail;Vorname;Nachname;Telefon;Typ', 'uwe@example.com;Uwe;Groß;0171 3920001;solar'),
      'rows.json': JSON.stringify([
        {
          email: 'a@example.com',
          first_name: 'A',
          surname: 'B',
          mobile: '07400123470',
          type: 'retail',
          delays: 900,
          data: { Make: 'Rover', Doors: 4 },
          Colour: 'café',
        },
        {
          email: 'c@example.com',
          first_name: 'C',
          surname: 'D',
          mobile: '+447400123471',
          other_phone: '07400 123472',
        },
      ]),
    },
    steps: [
      run('comunik8', 'add', 'british.csv', '--delay', '600'),
      run('comunik8', 'add', 'rows.json', '--type', 'other', '--subtype', 'fleet'),
      run('comunik8', 'add', 'german.csv', '--country', 'DE', '--ignore', 'Typ'),
    ],
  },
  {
    name: 'comunik8-add-test',
    vendor: 'comunik8',
    country: 'GB',
    settings: 'type: motor-trade',
    answerer: comunik8(),
    files: { 'british.csv': british },
    steps: [
      run('comunik8', 'add', 'british.csv', '--test'),
      run('comunik8', 'add', 'british.csv', '--limit', '1'),
    ],
  },
  {
    name: 'comunik8-cancel',
    vendor: 'comunik8',
    country: 'GB',
    settings: 'type: motor-trade',
    answerer: comunik8(),
    files: {
      'back.csv': csv(
        'Mobile,type',
        '07400 123456,motor-trade',
        '+44 7400 123457,retail',
        '0044 (0)7400 123458,',
      ),
    },
    steps: [
      run('comunik8', 'cancel', 'back.csv'),
      run(
        'comunik8',
        'cancel',
        '--mobile',
        '07400 123459',
        '--mobile',
        '+44 7400 123460',
        '--type',
        'retail',
      ),
      { args: ['comunik8', 'cancel', '-'], input: ndjson({ mobile: '07400123461' }) },
    ],
  },
  {
    name: 'comunik8-reconcile',
    vendor: 'comunik8',
    country: 'GB',
    settings: 'type: motor-trade',
    answerer: (request, own) => (request.target.startsWith('/lead/add') ? null : comunik8()(request, own)),
    files: { 'two.csv': csv(...british.split('\n').slice(0, 3)) },
    steps: [
      run('comunik8', 'add', 'two.csv', '--delay', '60000'),
      run('runs', 'reconcile', 'last'),
      run('runs', 'reconcile', 'last', '--probe'),
    ],
  },
];

const calltouchCases: readonly WireCase[] = [
  {
    name: 'calltouch-comment',
    vendor: 'calltouch',
    settings: 'siteId: 4711',
    answerer: calltouch(),
    files: {
      'notes.csv': csv(
        'callId;requestId;phones;emails;date;tags;tagsLogic;addComment',
        '1;;+7 (915) 888-11-22;;2020-10-01T09:00:00Z;тег;;"Перезвонить, ""срочно"""',
        ';form-9;;name@example.com|two@example.com;01.10.2020 12:30;тег1,тег2;and;Größe 5',
        ';;79157771122, 8 915 777-11-23;;2020-10-01 09:00:00;;;',
        '12345678901234567890;2002;;;;;;zwei Wege',
        ';;0171 3920001;eva@example.com;2020-10-01T23:30:00+02:00;;;Nacht',
      ),
      'rows.json': JSON.stringify([
        { callId: 17, addComment: 'Zahl' },
        {
          requestId: '0042',
          phones: ['79157770001', '+49 171 3920002'],
          date: '2021-02-28',
          tags: ['a', 'b'],
          tagsLogic: 'OR',
        },
      ]),
    },
    steps: [
      run('calltouch', 'comment', 'notes.csv', '--comment', 'ohne eigenen Text'),
      run(
        'calltouch',
        'comment',
        'rows.json',
        '--comment',
        'Standard',
        '--match',
        'requestContact,callContact,call,request',
        '--search-depth',
        '120',
        '--call-type',
        'nearestUniqLead',
        '--request-type',
        'nearest',
      ),
      run(
        'calltouch',
        'comment',
        'notes.csv',
        '--comment',
        'anders',
        '--batch-size',
        '2',
        '--match',
        'call,callContact',
      ),
      run('profiles', 'check'),
    ],
  },
  {
    name: 'calltouch-comment-zone',
    vendor: 'calltouch',
    settings: "siteId: site.a, timezone: 'Asia/Yekaterinburg'",
    answerer: calltouch(),
    files: {
      'one.csv': csv(
        'phone,date,comment',
        '79157771122,2020-10-01T21:00:00Z,ночь',
        '79157771123,2020-10-01T21:00:00,ночь',
      ),
    },
    steps: [run('calltouch', 'comment', 'one.csv')],
  },
];

const dialled = csv(
  'Telefon;Telefon 2;Anrede;Vorname;Nachname;PLZ;Ort;Straße;Hausnummer;Geburtsdatum;Firma;Notizen;Tarif;externe ID',
  '+49 171 3920001;030 23125441;Frau;Zoë;Groß;02826;Görlitz;Königstraße;12 a;12.04.1971;;"A & B, 100 %";Grün+;CRM-1',
  '0171/3920002;+49 (0)30 23125442;Herr;Jürgen;Müller;01067;Köln;;;;Käfer & Söhne;;;',
  '0049 171 3920003;;;;Weiß;;;;;;;;Öko;',
  '+43 664 123456;+43 664 123457;;;Österreicher;1010;Wien;;;;;;;',
);

const mmDialCases: readonly WireCase[] = [
  {
    name: 'mmdial-leads-add',
    vendor: 'mmdial',
    answerer: mmDial(),
    files: {
      'dialled.csv': dialled,
      'rows.json': JSON.stringify([
        {
          phone: '0171 3920011',
          last_name: 'Größe',
          leadid_external: 'CRM-11',
          Zählernummer: 4711,
          Neukunde: true,
        },
        { phone: '004917604069012', alt_phone: '01713920013', last_name: 'Ünal' },
      ]),
    },
    steps: [
      run('mmdial', 'leads', 'add', 'dialled.csv'),
      run(
        'mmdial',
        'leads',
        'add',
        'rows.json',
        '--campaign',
        '13',
        '--list',
        '35',
        '--no-global-check',
        '--no-campaign-check',
        '--no-invalid-check',
      ),
      {
        args: ['mmdial', 'leads', 'add', '-', '--set', 'notices=Messe'],
        input: ndjson({ Telefon: '+49 171 3920021', Nachname: 'Žižek' }),
      },
    ],
  },
  {
    name: 'mmdial-leads-edit',
    vendor: 'mmdial',
    answerer: mmDial(),
    files: {
      'plain.csv': csv('leadid;Notizen;Ort;Tarif', '7;neu & groß;Görlitz;Grün', '8;;Köln;'),
      'phones.csv': csv(
        'leadid;phone;alt_phone',
        '7;+49 171 3920031;030 23125443',
        '8;0171/3920032;',
        '9;+43 664 123456;',
      ),
      'redial.csv': csv('leadid;status;Notizen', '7;CALLBACK;bitte morgens', '9;NEW;'),
      'rows.json': JSON.stringify([{ leadid: 8, rotation: 3, notices: 'ß' }]),
    },
    steps: [
      run('mmdial', 'leads', 'edit', 'plain.csv'),
      run('mmdial', 'leads', 'edit', 'phones.csv'),
      run('mmdial', 'leads', 'edit', 'redial.csv', '--campaign', '13'),
      run('mmdial', 'leads', 'edit', 'rows.json', '--redial'),
    ],
  },
  {
    name: 'mmdial-dnc',
    vendor: 'mmdial',
    answerer: mmDial(),
    files: {
      'numbers.txt': csv('0171/3920041', '+49 (0)171 3920042', '0049 171 3920043'),
      'numbers.csv': csv('number;Anlass', '+43 664 123456;Brief', '+49 171 3920044;Anruf'),
    },
    steps: [
      run('mmdial', 'dnc', 'add', '0171 3920040', '+49 171 3920045', '--reason', 'Anruf für immer'),
      run('mmdial', 'dnc', 'add', '--from', 'numbers.txt'),
      run('mmdial', 'dnc', 'add', '--from', 'numbers.csv', '--ignore', 'Anlass'),
      run('mmdial', 'dnc', 'remove', '0171 3920040', '--reason', 'Irrtum', '--yes'),
      run('mmdial', 'dnc', 'remove', '--from', 'numbers.txt', '--reason', 'Irrtum', '--yes'),
    ],
  },
  {
    name: 'mmdial-reads',
    vendor: 'mmdial',
    answerer: mmDial(),
    steps: [
      run('mmdial', 'dnc', 'check', '0171 3920098', '+43 664 123456'),
      run('mmdial', 'dnc', 'check', '3920098', '--fuzzy'),
      run('mmdial', 'dnc', 'list'),
      run('mmdial', 'leads', 'get', '--id', '7'),
      run('mmdial', 'leads', 'get', '--phone', '01713920011'),
      run('mmdial', 'leads', 'get', '--external-id', 'CRM Ä/1'),
      run('mmdial', 'lists', 'add', '--campaign', '12', '--description', 'März 2026 & später'),
      run('mmdial', 'fields'),
      run('mmdial', 'agents', 'get', '7'),
      run(
        'mmdial',
        'export',
        '--status',
        'SALE',
        '--status',
        'NEU 2',
        '--date-type',
        'last_phone',
        '--from',
        '2026-03-01',
        '--to',
        '2026-03-02T13:30:00',
        '--fields',
        'customerfield_phone,webformfield_Zählernummer',
      ),
      run('mmdial', 'export', '--campaign', '13', '--out', 'export.csv'),
      run('mmdial', 'voices', '--lead', '10'),
      run('mmdial', 'voices', '--phone', '+491713920010', '--date', '2026-03-02'),
      run('mmdial', 'voices', '--agent', '7', '--date', '2026-03-02T10:01:00', '--download', 'recordings'),
      run('profiles', 'check'),
    ],
  },
  {
    name: 'mmdial-digest',
    vendor: 'mmdial',
    settings: 'auth: auto, campaign: 12, list: 34',
    answerer: mmDial({ digest: { username: 'ops', password: testSecret } }),
    files: { 'one.csv': csv('Telefon;Nachname', '+491713920001;Groß') },
    steps: [run('mmdial', 'leads', 'add', 'one.csv'), run('mmdial', 'dnc', 'check', '01713920098')],
  },
  {
    name: 'mmdial-latin1-and-url',
    vendor: 'mmdial',
    settings:
      "charset: iso-8859-1, auth: basic, campaign: 12, list: 34, countryCode: 43, urlTemplate: '{base}/index.php?function={function}'",
    answerer: (request, own) => mmDial()({ ...request, target: asPath(request.target) }, own),
    files: {
      'latin.csv': csv(
        'Telefon;Nachname;Straße',
        '+491713920001;Groß;Königstraße',
        '+491713920002;Žižek;Allee',
      ),
    },
    steps: [run('mmdial', 'leads', 'add', 'latin.csv'), run('mmdial', 'dnc', 'check', '0664 123456')],
  },
  {
    name: 'mmdial-reconcile-leads-add',
    vendor: 'mmdial',
    answerer: mmDial({ lost: { addlead: 2 } }),
    files: { 'dialled.csv': dialled },
    steps: [run('mmdial', 'leads', 'add', 'dialled.csv'), run('runs', 'reconcile', 'last')],
  },
  {
    name: 'mmdial-reconcile-leads-add-absent',
    vendor: 'mmdial',
    answerer: mmDial({ dropped: { addlead: 1 } }),
    files: { 'one.csv': csv('Telefon', '0171 3920021') },
    steps: [run('mmdial', 'leads', 'add', 'one.csv'), run('runs', 'reconcile', 'last')],
  },
  {
    name: 'mmdial-reconcile-leads-edit-plain',
    vendor: 'mmdial',
    answerer: mmDial({ lost: { editlead: 99 } }),
    files: { 'plain.csv': csv('leadid;Notizen', '7;neu') },
    steps: [run('mmdial', 'leads', 'edit', 'plain.csv'), run('runs', 'reconcile', 'last')],
  },
  {
    name: 'mmdial-reconcile-leads-edit',
    vendor: 'mmdial',
    answerer: mmDial({ lost: { editlead: 2 } }),
    files: { 'redial.csv': csv('leadid;status', '7;CALLBACK', '9;NEW') },
    steps: [run('mmdial', 'leads', 'edit', 'redial.csv'), run('runs', 'reconcile', 'last')],
  },
  {
    name: 'mmdial-reconcile-dnc',
    vendor: 'mmdial',
    answerer: mmDial({ lost: { dncadd: 99, dncdel: 99 } }),
    steps: [
      run('mmdial', 'dnc', 'add', '0171 3920040'),
      run('runs', 'reconcile', 'last'),
      run('mmdial', 'dnc', 'remove', '0171 3920098', '--reason', 'Irrtum', '--yes'),
      run('runs', 'reconcile', 'last'),
    ],
  },
];

/** `/api/index.php?function=addlead&…` as if it had been asked for by path. */
function asPath(target: string): string {
  const [, name = '', rest = ''] = /^\/api\/index\.php\?function=(\w+)&?(.*)$/.exec(target) ?? [];
  return name === '' ? target : `/api/${name}${rest === '' ? '' : `?${rest}`}`;
}

export const wireCases: readonly WireCase[] = [
  ...salesQCases,
  ...comunik8Cases,
  ...calltouchCases,
  ...mmDialCases,
];

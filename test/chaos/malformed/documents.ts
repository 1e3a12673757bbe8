import type { Random } from '../../../src/core/twin.js';
import { byteDamages, encodings } from './bytes.js';
import { type Case, type MakeCase, chance, operations, phoneOf, pick } from './case.js';

/** YAML and JSON that make parsers sweat. */
export const bombs: readonly string[] = [
  [
    'a: &a ["x","x","x","x","x","x","x","x","x"]',
    ...[...'bcdefghi'].map(
      (name, at) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[at]}`).join(',')}]`,
    ),
  ].join('\n'),
  '&a [*a]',
  '&a {b: *a}',
  'fields: &f {Phone: *f}',
  'a: *unknown',
  '!!js/function "function(){ return 1 }"',
  '!!python/object/apply:os.system ["true"]',
  '!!binary "gIGC"',
  'a: !!set {x, y}',
  'a: !!timestamp 2001-12-14',
  'a: !x y',
  '%TAG ! tag:example.com,2000:\n---\na: 1',
  '%YAML 9.9\n---\na: 1',
  '<<: {a: 1}\nb: 2',
  'base: &b {a: 1}\nfields: {<<: *b}',
  'a: 1\na: 2',
  'a: 1\n---\na: 2\n',
  'a:\n\t- b',
  '? [a, b]\n: c',
  '? {a: b}\n: c',
  '{"__proto__": {"polluted": true}, "fields": {}}',
  '__proto__:\n  polluted: true',
  'fields: {__proto__: Telefon, constructor: Vorname}',
  'profiles: {__proto__: {country: DE}}',
  'profiles: {constructor: {country: DE}}',
  'defaultProfile: __proto__',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{a: '.repeat(3_000)}1${'}'.repeat(3_000)}`,
  `${'- '.repeat(5_000)}x`,
  Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  `a: ${'x'.repeat(1_000_000)}`,
  Array.from({ length: 5_000 }, (_, at) => `k${at}: ${at}`).join('\n'),
  'a: "\\ud800"',
  'a: "\\x00"',
  '\u0000',
  '\ufeff\ufeffa: 1',
  '',
  ' ',
  '---',
  '...',
  'null',
  '[]',
  '17',
  'text',
  '# nothing',
  '{',
  '}',
  '"',
  'a: |\n  x\n y',
  'a: >-9\n x',
  'a: 0o17',
  'a: .inf',
  'a: .nan',
  'a: 1_000',
  'y: n',
];

/** A bomb, or a sound text with damage. */
function documentOf(random: Random, sound: string): readonly [string, Buffer] {
  if (chance(random, 0.45)) {
    const at = random.between(0, bombs.length - 1);
    const text = bombs[at] ?? '';
    return [`bomb ${at}`, Buffer.from(chance(random, 0.2) ? `${sound}\n${text}` : text)];
  }
  const [encoding, encode] = chance(random, 0.25)
    ? pick(random, encodings)
    : (encodings[0] as (typeof encodings)[0]);
  const [damage, spoil] = pick(random, byteDamages);
  return [`${encoding}, ${damage}`, spoil(encode(sound), random)];
}

const leads = {
  name: 'leads.csv',
  content: Buffer.from(`Telefon;Vorname;Ort\n${phoneOf(1)};Eva;Köln\n${phoneOf(2)};Max;Bonn\n`),
};

const maps = [
  'fields:\n  Phone: { column: Telefon, format: e164 }\nfree: { Ort: Stadt }\nignore: [Vorname]\n',
  '{"fields":{"Phone":{"column":"Telefon","country":"DE"},"mappingId":"Ort"},"ignore":["*"]}',
  'fields:\n  Phone: Telefon\n  mappingId: { value: x }\n',
  'fields: { Phone: Nirgends }\n',
  'fields: { Phone: Telefon, phone: Telefon, Fax: Ort }\n',
  'free: { Ort: "a.b", Vorname: __proto__ }\nfields: { Phone: Telefon }\n',
  'fields: { Phone: { column: Telefon, value: 1 } }\n',
  'fields: { Phone: { value: [1, {a: 2}] } }\n',
] as const;

/** A map file. What the leads hold may be sent where the map still makes sense. */
export const mapCase: MakeCase = (random, id) => {
  const [what, content] = documentOf(random, pick(random, maps));
  const name = pick(random, ['map.yaml', 'map.json', 'map']);
  return {
    id,
    what: `map file: ${what}`,
    args: ['sales-q', 'import', 'leads.csv', '--map', name, ...(chance(random, 0.5) ? ['--dry-run'] : [])],
    files: [leads, { name, content }],
    leads: leads.content,
    named: [name, 'leads.csv'],
  };
};

const configs = [
  'defaultProfile: acme\nprofiles:\n  acme:\n    live: true\n    country: DE\n    phoneFormat: national\n    window: "09:00-18:00"\n    timezone: Europe/Berlin\n    recontact: "after:90d"\n    vendors:\n      sales-q: { token: "env:T", rate: 5/s, timeout: 30s, concurrency: 2 }\n      mmdial: { username: ops, password: "env:T", campaign: 12, list: 34 }\n',
  '{"profiles":{"acme":{"vendors":{"comunik8":{"url":"https://dialler.example.com","key":"env:T","type":"motor-trade"}}}}}',
  'profiles:\n  acme:\n    vendors:\n      calltouch: { token: "file:secret", siteId: 4711 }\n',
] as const;

const looks: readonly (readonly string[])[] = [
  ['profiles', 'list'],
  ['profiles', 'show'],
  ['profiles', 'show', 'acme'],
  ['sales-q', 'import', 'leads.csv', '--dry-run'],
  ['runs', 'list'],
];

/** A configuration file; nothing but a dry run is asked of it, so that no damaged address is called. */
export const configCase: MakeCase = (random, id) => {
  const [what, content] = documentOf(random, pick(random, configs));
  const name = pick(random, ['.salesqrc', '.salesqrc.json', '.salesqrc.yaml', '.salesqrc.yml', 'own.conf']);
  return {
    id,
    what: `config: ${what}`,
    args: [...pick(random, looks), ...(name === 'own.conf' ? ['--config', name] : [])],
    files: [leads, { name, content }, { name: 'secret', content: Buffer.from('token') }],
    leads: null,
    named: [name, 'profile', 'leads.csv'],
  };
};

const script = JSON.stringify([
  { content: 'Hallo {Vorname}', state: '1', next: '2' },
  {
    content: 'Wann?',
    state: '2',
    dataconnect: 'Wann',
    next: [
      { answer: 'morgens', next: '3' },
      { answer: 'abends', next: '3' },
    ],
  },
  { content: 'Danke', state: '3', next: '3' },
]);
const scripts = [
  script,
  script.replace('"next":"2"', '"next":"9"'),
  script.replace('"state":"1"', '"state":"2"'),
  script.replace('"next":"2"', '"next":["2",[["3"]]]'),
  '[]',
  '{}',
  '[{"state":1}]',
  '[null]',
  '[[]]',
  '[{"content":{"a":1},"state":[],"next":{}}]',
  '[{"__proto__":{"state":"1"},"content":"x","next":"1"}]',
  `[${Array.from({ length: 3_000 }, (_, at) => `{"content":"x","state":"${at + 1}","next":"${at + 2}","dataconnect":"d${at}"}`).join(',')}]`,
  `[{"content":"x","state":"1","next":${'['.repeat(10_000)}${']'.repeat(10_000)}}]`,
] as const;

/** A dialog script, for the whole file or in a row. */
export const scriptCase: MakeCase = (random, id) => {
  const sound = pick(random, scripts);
  const [damage, spoil] = pick(random, byteDamages);
  const spoilt = chance(random, 0.6);
  const content = spoilt ? spoil(Buffer.from(sound), random) : Buffer.from(sound);
  const what = `script: ${spoilt ? damage : sound.slice(0, 60)}`;
  if (chance(random, 0.7)) {
    const args = [
      'sales-q',
      'import',
      'leads.csv',
      '--script',
      'script.json',
      ...(chance(random, 0.5) ? ['--dry-run'] : []),
    ];
    return {
      id,
      what,
      args,
      files: [leads, { name: 'script.json', content }],
      leads: leads.content,
      named: ['script.json', 'leads.csv'],
    };
  }
  const rows = Buffer.from(JSON.stringify([{ Telefon: phoneOf(1), script: content.toString('utf8') }]));
  return {
    id,
    what,
    args: ['sales-q', 'import', 'rows.json'],
    files: [{ name: 'rows.json', content: rows }],
    leads: rows,
    named: ['rows.json'],
  };
};

const texts = [
  '',
  ' ',
  '=',
  'x',
  '-1',
  '0',
  '1',
  '1e9',
  '99999999999',
  '5/s',
  '5/h',
  '/s',
  '0/s',
  '50%',
  '101%',
  '%',
  'after:90d',
  'after:',
  'after:-1d',
  'always',
  '\u0000',
  '\u001b[2J',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'a'.repeat(5_000),
  '*',
  'ä',
  '"',
  '--',
  '-o',
  '2026-02-31',
] as const;
const flags = [
  '--rate',
  '--limit',
  '--batch-size',
  '--concurrency',
  '--max-errors',
  '--recontact',
  '--canary',
  '--encoding',
  '--delimiter',
  '--format',
  '--country',
  '--phone-format',
  '--ignore',
  '--live',
  '--profile',
  '--output',
  '--map',
  '--results',
  '--script',
  '--unknown',
] as const;
const fields = [
  'Phone',
  'mappingId',
  'script',
  'Vorname',
  'id',
  'Status',
  'a.b',
  '__proto__',
  'constructor',
  '',
  ' ',
  'Phone ',
  '\u0000',
  'toString',
] as const;
const constants = [
  '',
  'x',
  '+491713920099',
  '4.91788E+11',
  '{"a":1}',
  '\u0000',
  '\ud800',
  'x'.repeat(70_000),
  '=1',
  'null',
  '\u001b[31m',
  '[]',
] as const;

/** `--set` and other flags with values nobody meant. */
export const flagCase: MakeCase = (random, id) => {
  const given: string[] = [];
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    if (chance(random, 0.5))
      given.push(
        '--set',
        `${pick(random, fields)}${chance(random, 0.9) ? '=' : ''}${pick(random, constants)}`,
      );
    else given.push(pick(random, flags), pick(random, texts));
  }
  const operation = pick(random, operations.slice(0, 5));
  const content = Buffer.from(
    [operation.header, operation.row(1), operation.row(2)].map((cells) => `${cells.join(';')}\n`).join(''),
  );
  const said = Buffer.from(`${content.toString('utf8')}${given.join('\n')}`);
  return {
    id,
    what: `flags: ${given.map((text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text)).join(' ')}`,
    args: [...operation.args, 'leads.csv', ...given],
    files: [{ name: 'leads.csv', content }],
    leads: said,
    named: ['leads.csv', '--', 'profile', 'column', 'field', ...given],
  };
};

export type { Case };

/**
 * The edges: what a person types, configures, moves or hands over on an ordinary day, each as command lines to the real
 * program, and whom the vendors' server was told to contact. Held by other tests, and not repeated here:
 * - one ledger and one reading for every command, printed commands pasted, a ledger that is not there or lost its content,
 *   whose configuration is obeyed, the sandbox's own list: place.test.ts
 * - second numbers, edits and farewells past the list, columns named as a parameter: holes.test.ts
 * - eaten, empty and unexpanded values at every option, argument, variable and setting: eaten.test.ts
 * - accounts spelled, moved, renamed, with other keys, and wrong clocks: account.test.ts; ledgers deleted, restored, linked,
 *   doubled: witness.test.ts and witness-postgres.test.ts
 * - number lists as people keep them: dnc.test.ts and opt-out.test.ts; refusals that other rows or files tell of: consent.test.ts
 * - windows without a time zone: gates.test.ts; digits of webhooks and data: exact.test.ts; a clean root: root.test.ts
 */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Answerer, type Recorded, WireRecorder } from '../contract/wire/recorder.js';
import { comunik8, mmDial, salesQ } from '../contract/wire/stand-ins.js';
import { Desk } from '../support/program.js';

const secrets = { T: 'test-token-0001', K: 'test-key-0001', P: 'test-password-0001' };

/** The configuration at its vendors' address. `profile`: more of the profile; `parts`: more of a vendor's part. */
const config = (
  url: string,
  profile = '',
  parts: Readonly<Record<string, string>> = {},
): string => `defaultProfile: bar
profiles:
  bar:
    country: DE
${profile}    vendors:
      sales-q:  { url: ${url}/sq, token: "env:T", rate: 1000/s${parts['sales-q'] ?? ''} }
      comunik8: { url: ${url}/c8, key: "env:K", type: motor-trade, rate: 1000/s${parts['comunik8'] ?? ''} }
      mmdial:   { url: ${url}/mm/api/, ${parts['user'] ?? 'username: ops'}, password: "env:P", campaign: 12, list: 34, rate: 1000/s }
`;

/** All three vendors at one address; everybody is taken. */
function takesEverything(): Answerer {
  const lead = (leadid: string, phone: string) => ({
    leadid,
    country_phone_code: '49',
    phone,
    alt_phone: '',
  });
  const mine: Readonly<Record<string, Answerer>> = {
    sq: salesQ(),
    c8: comunik8(),
    mm: mmDial({ leads: [lead('9001', '01713920610'), lead('9002', '01713920611')] }),
  };
  return (request, own) => {
    const [, vendor = '', rest = ''] = /^\/(\w+)(\/.*)$/.exec(request.target) ?? [];
    return mine[vendor]?.({ ...request, target: rest }, own) ?? { status: 404, body: '' };
  };
}

/** Whom a request makes the vendor contact, or whom it ends, as it stands on the wire; none for a read. */
function contactsIn({ target, body }: Recorded): string[] {
  const text = body.toString('utf8');
  const [, vendor = '', name = ''] = /^\/(\w+)\/(?:api\/)?(?:lead\/)?(\w+)/.exec(target) ?? [];
  if (vendor === 'mm') {
    const form = new URLSearchParams(text);
    const numbers = ['phone', 'alt_phone'].flatMap((field) => form.get(`leaddata[${field}]`) ?? []);
    return text === '' ? [] : [['mm', name, form.get('country_phone_code') ?? '', ...numbers].join(' ')];
  }
  if (name === 'update') return [];
  const said = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (Array.isArray(said['leads']))
    return (said['leads'] as readonly { Phone: string }[]).map(({ Phone }) => `sq ${Phone}`);
  const numbers = [said['id'], said['mobile'], said['other_phone']].filter((one) => typeof one === 'string');
  return [[vendor, name, ...numbers].join(' ')];
}

/** A command line and how it must end. */
interface Line {
  readonly run: string | readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  /** On stderr. */
  readonly says?: string | readonly string[];
  /** States and codes of the rows of the push. */
  readonly rows?: readonly string[];
  /** What is done to the files before it. */
  readonly before?: (stage: Stage) => Promise<unknown>;
}

interface Play {
  readonly of: string;
  readonly lines: readonly Line[];
  readonly reached: readonly string[];
}

class Stage {
  constructor(
    readonly desk: Desk,
    readonly server: WireRecorder,
  ) {}

  configure(profile?: string, parts?: Readonly<Record<string, string>>): Promise<string> {
    return this.desk.write('.salesqrc', config(this.server.url, profile, parts));
  }

  async play({ run, input = '', env = {}, code, says = [], rows, before }: Line): Promise<void> {
    await before?.(this);
    const typed = typeof run === 'string' ? run.split(' ') : run;
    const args = rows ? [...typed, '-o', 'ndjson'] : typed;
    const ended = await this.desk.run(args, { input, env: { ...secrets, ...env } });
    const said = `${args.join(' ')}\n${ended.stderr}`;
    expect(ended.code, said).toBe(code);
    for (const part of [says].flat()) expect(ended.stderr, said).toContain(part);
    expect(ended.stderr + ended.stdout, said).not.toMatch(
      /test-(?:token|key|password)-0001|\n\s+at .+:\d+:\d+/,
    );
    // Nobody's whole number stands on stderr.
    expect(ended.stderr, said).not.toMatch(/(?:\+49|\b0)\s?171[\s-]?3920\d{3}/);
    if (args.includes('json')) expect(JSON.parse(ended.stdout), said).toHaveProperty('schema');
    if (![0, 3, 8].includes(code)) expect(ended.stderr, said).toContain('hint: ');
    if (rows) expect(rowsOf(ended.stdout), said).toEqual(rows);
  }
}

/** How the rows ended, in the order of the file. */
const rowsOf = (lines: string): string[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; row: number; state: string; code: string | null })
    .filter(({ type }) => type === 'row')
    .sort((one, other) => one.row - other.row)
    .map(({ state, code }) => (code === null ? state : `${state} ${code}`));

const ambiguous = 'held phone.ambiguous';
const refused = 'held consent.refused';
const listed = 'blocked dnc.listed';
const c8 = (...rows: readonly string[]): string =>
  ['email,first_name,surname,mobile,other_phone', ...rows.map((row) => `a@example.com,A,M,${row}`), ''].join(
    '\n',
  );
const optOut = (...numbers: readonly string[]): Line => ({
  run: ['dnc', 'add', ...numbers, '--reason', 'asked for it'],
  code: 0,
});

const readings: readonly Play[] = [
  {
    of: 'a column called national that holds digits of every kind',
    lines: [
      {
        run: 'sales-q import - --phone-format national',
        input: 'phone\n491713920124\n(415) 555-2671\n8 (916) 123-45-67\n1713920125\n0171 3920126\n',
        code: 3,
        rows: [ambiguous, ambiguous, ambiguous, 'delivered', 'delivered'],
      },
      {
        run: 'comunik8 add - --phone-format national',
        input: c8('491713920124,', '0171 3920127,491713920128', '1713920129,1713920130'),
        code: 3,
        rows: [ambiguous, ambiguous, 'delivered'],
      },
      {
        run: 'mmdial leads add - --phone-format national',
        input: '{"phone":491713920124}\n{"phone":1713920131,"alt_phone":"0171/3920132"}\n',
        code: 3,
        rows: [ambiguous, 'delivered'],
      },
    ],
    reached: [
      'sq 491713920125',
      'sq 491713920126',
      'c8 add 01713920129 01713920130',
      'mm addlead 49 01713920131 01713920132',
    ],
  },
  {
    of: 'a row that names its country, in whatever words',
    lines: [
      {
        run: 'sales-q import -',
        input:
          'Phone,Land\n0664 1234567,AT\n079 123 45 67,Schweiz\n0171 3920124,\n8 916 123-45-67,Россия\n0664 1234568,Bayern\n',
        code: 3,
        rows: ['delivered', 'delivered', 'delivered', 'delivered', ambiguous],
      },
      { run: 'mmdial leads add -', input: '{"phone":"0664 1234567","Staat":"Austria"}\n', code: 0 },
      {
        run: 'comunik8 add - --phone-format national',
        input: `[{"email":"a@example.com","first_name":"A","surname":"M","mobile":"(415) 555-2671","country":"US"}]`,
        code: 0,
      },
      {
        run: 'comunik8 add -',
        input: 'email,first_name,surname,mobile,Land\na@example.com,A,M,0664 1234567,AT\n',
        code: 0,
      },
    ],
    reached: [
      'sq 436641234567',
      'sq 41791234567',
      'sq 491713920124',
      'sq 79161234567',
      'mm addlead 43 06641234567',
      'c8 add +14155552671',
      'c8 add +436641234567',
    ],
  },
  {
    of: 'a zero after the country code',
    lines: [
      { run: 'comunik8 add -', input: c8('+4901713920702,0049 (0)171 3920703'), code: 0 },
      {
        run: 'mmdial leads add -',
        input: 'phone;alt_phone\n+49 (0) 171 3920704;\n+44 0 7400 123456;+44 (0) 7400 123457\n',
        code: 0,
      },
      {
        run: 'sales-q import - --phone-format intl-digits',
        input: 'phone\n4901713920705\n491713920705\n+43 0664 1234567\n',
        code: 0,
        rows: ['delivered', 'duplicate duplicate.in-file', 'delivered'],
      },
      { run: 'mmdial leads edit -', input: '[{"leadid":9001,"phone":"+49 0171 3920706"}]', code: 0 },
    ],
    reached: [
      'c8 add +491713920702 0049 171 3920703',
      'mm addlead 49 01713920704',
      'mm addlead 44 07400123456 07400123457',
      'sq 491713920705',
      'sq 436641234567',
      'mm editlead  01713920706',
    ],
  },
  {
    of: 'one person in the spellings of Argentina and Mexico',
    lines: [
      {
        run: 'sales-q import -',
        input: 'phone\n+54 9 11 2345 6789\n+54 11 15 2345 6789\n+52 1 55 1234 5678\n+52 55 1234 5678\n',
        code: 0,
      },
      { run: 'sales-q import -', input: '{"phone":"+54 11 2345 6789"}\n', code: 0 },
    ],
    reached: ['sq 5491123456789', 'sq 525512345678'],
  },
  {
    of: 'an extension, which is no end of a number',
    lines: [
      {
        run: 'sales-q import -',
        input: 'phone\n0171 1234561 (2)\n0171 1234562 -2\n0171 1234563 Durchwahl 12\n030 1234567-12\n',
        code: 3,
        rows: ['held phone.extension', 'held phone.extension', 'held phone.extension', 'delivered'],
      },
      { run: 'comunik8 add -', input: c8('0171 3920124,0171 1234561 (2)'), code: 3 },
      { run: 'mmdial leads edit -', input: '{"leadid":9001,"alt_phone":"0171 1234561 x2"}\n', code: 3 },
    ],
    reached: ['sq 4930123456712'],
  },
];

const optOuts: readonly Play[] = [
  {
    of: 'a number with an extension blocks both that it may mean',
    lines: [
      optOut('0171 1234561 (2)', '0171 1234571 -2'),
      {
        run: 'sales-q import -',
        input: '+491711234561 +4917112345612 +491711234571 +4917112345712 +491711234581'
          .split(' ')
          .reduce((all, one) => `${all}{"phone":"${one}"}\n`, ''),
        code: 3,
        rows: [listed, listed, listed, listed, 'delivered'],
      },
    ],
    reached: ['sq 491711234581'],
  },
  {
    of: 'digits that can be read in two ways block both, for every vendor',
    lines: [
      optOut('491713920733', '0171392', '80808'),
      {
        run: 'sales-q import - --phone-format intl-digits',
        input: 'phone\n491713920733\n',
        code: 3,
        rows: [listed],
      },
      {
        run: 'comunik8 add -',
        input: c8('0171 3920734,0491 713920733', '0171 3920733,'),
        code: 3,
        rows: [listed, listed],
      },
      { run: 'mmdial leads edit -', input: 'leadid,phone\n9001,0171-3920733\n', code: 3, rows: [listed] },
      { run: ['dnc', 'remove', '491713920733', '--yes', '--reason', 'x'], code: 6, says: 'several numbers' },
      { run: 'dnc check 80808 0171392', code: 0 },
    ],
    reached: [],
  },
  {
    of: 'a list from a pipe, in the form that the sender likes',
    lines: [
      {
        run: 'dnc add --from - --reason x',
        input:
          '[{"name":"Eva","phone":"0171 3920601","Handy":"0171 3920602"},{"phones":["0171 3920603","0171 3920604"]}]',
        code: 0,
      },
      {
        run: 'dnc add --from - --reason x',
        input: 'Liste\n1: 0171 3920605\n2) 0171 3920606\nbitte nie\n',
        code: 3,
        says: ['line 1', 'line 4'],
      },
      { run: 'dnc add --from - --reason x', input: 'Tel\tLand\n0664 1234567\tAT\n', code: 0 },
      optOut('0171-3920607,0171-3920608'),
      {
        run: 'mmdial leads add -',
        input: [
          'phone',
          ...Array.from({ length: 9 }, (_, index) => `0171 392060${index + 1}`),
          '+43 664 1234567',
          '',
        ].join('\n'),
        code: 3,
      },
    ],
    reached: ['mm addlead 49 01713920609'],
  },
  {
    of: 'a farewell to ids that update does not show, from a list',
    lines: [
      {
        run: 'sales-q remove --from - --message Tschüss',
        input: 'id\n5b929a13e7c7543ce399ea98\n5b929a13e7c7543ce399ea99\n',
        code: 3,
        rows: ['blocked phone.unknown', 'blocked phone.unknown'],
      },
      { run: 'sales-q remove 5b929a13e7c7543ce399ea98', code: 0 },
      { run: ['sales-q', 'remove', '5b929a13e7c7543ce399ea99', '--message', ''], code: 2 },
      { run: 'sales-q remove - --message Tschüss', code: 2, says: '--from -' },
      { run: 'dnc add - --reason x', input: '0171 3920601\n', code: 2, says: '--from -' },
    ],
    reached: ['sq remove 5b929a13e7c7543ce399ea98'],
  },
  {
    of: 'the sandbox by its variable takes nobody off the list, and lists nobody',
    lines: [
      optOut('0171 3920601'),
      { run: 'dnc remove 01713920601 --yes --reason x', env: { SALESQ_PROFILE: 'sandbox' }, code: 0 },
      { run: 'dnc add 01713920602 --reason x', env: { SALESQ_PROFILE: 'sandbox' }, code: 0 },
      {
        run: 'comunik8 add -',
        input: c8('0171 3920601,', '0171 3920602,'),
        code: 3,
        rows: [listed, 'delivered'],
      },
    ],
    reached: ['c8 add 01713920602'],
  },
];

const files: readonly Play[] = [
  {
    of: 'a file that says who wants no contact, at each vendor',
    lines: [
      {
        run: 'comunik8 add -',
        input:
          '{"email":"a@example.com","first_name":"A","surname":"M","mobile":"01713920601","do_not_call":true}\n',
        code: 3,
        rows: [refused],
      },
      {
        run: 'sales-q import -',
        input: 'Handy;Werbesperre;Newsletter\n0171 3920601;ja;ja\n0171 3920602;nein;nein\n',
        code: 3,
        rows: [refused, 'delivered'],
      },
      { run: 'mmdial leads add -', input: 'phone\tНе звонить\n01713920601\tда\n', code: 3, rows: [refused] },
      {
        run: 'sales-q import - --ignore Opt-in',
        input: 'Handy,Opt-in\n01713920603,0\n01713920604,vielleicht\n',
        code: 3,
        rows: [refused, 'held consent.unclear'],
      },
    ],
    reached: ['sq 491713920602'],
  },
  {
    of: 'an edit that gives a lead the number of somebody who wants no contact',
    lines: [
      {
        run: 'mmdial leads edit -',
        input: 'leadid,phone,Werbesperre\n9001,0171 3920601,ja\n9002,0171 3920602,\n',
        code: 3,
        rows: [refused, 'delivered'],
      },
      {
        run: 'mmdial leads edit -',
        input: '[{"leadid":9001,"alt_phone":"0171 3920601","do_not_call":1}]',
        code: 3,
        rows: [refused],
      },
      {
        run: 'mmdial leads edit -',
        input: '[{"leadid":9001,"Werbesperre":"ja"}]',
        code: 0,
        rows: ['delivered'],
      },
    ],
    reached: ['mm editlead  01713920602', 'mm editlead '],
  },
  {
    of: 'one word for all rows, where each row must speak',
    lines: [
      {
        run: 'sales-q import - --set do_not_call=1',
        input: 'phone\n0171 3920601\n',
        code: 6,
        says: 'do_not_call',
      },
      { run: 'comunik8 add - --set Opt-in=ja', input: c8('0171 3920601,'), code: 6 },
      { run: 'comunik8 add - --set test=true', input: c8('0171 3920601,'), code: 6, says: '--test' },
      {
        run: 'mmdial leads add -',
        input: '[{"phone":"0171 3920601","campaign_id":99}]',
        code: 3,
        rows: ['invalid field.parameter'],
      },
    ],
    reached: [],
  },
  {
    of: 'a pipe with nothing in it, a header alone, a list without a header',
    lines: [
      { run: 'sales-q import -', code: 0, says: 'nothing to do' },
      { run: 'comunik8 add - -o json', code: 0, says: 'nothing to do' },
      { run: 'mmdial leads add - -o ndjson --dry-run', code: 0 },
      { run: 'mmdial dnc add --from -', code: 0, says: 'nothing to do' },
      { run: 'sales-q import -', input: 'phone\n', code: 0 },
      { run: 'sales-q import empty.csv', before: ({ desk }) => desk.write('empty.csv', ''), code: 6 },
      { run: 'sales-q import - -o json', input: '0171 3920601\n0171 3920602\n', code: 6, says: 'first line' },
    ],
    reached: [],
  },
];

const people = 'phone\n0171 3920601\n0171 3920602\n';

const typed: readonly Play[] = [
  {
    of: 'what contradicts itself, or says nothing',
    lines: [
      { run: 'sales-q import - --limit 0', input: people, code: 2 },
      {
        run: 'comunik8 add - --canary 3 --dry-run -o json',
        input: c8('0171 3920601,'),
        code: 2,
        says: '--dry-run',
      },
      { run: 'mmdial leads add - --live other', input: people, code: 10, says: 'the profile is "bar"' },
      { run: ['sales-q', 'import', '-', '--profile', ''], input: people, code: 2 },
      { run: 'sales-q import - --dry-run --live other', input: people, code: 0 },
      { run: 'comunik8 cancel --mobile 01713920699 --live other', code: 0 },
    ],
    reached: ['c8 cancel 01713920699'],
  },
  {
    of: 'an empty name of a run, where one waits to go on',
    lines: [
      { run: 'sales-q import - --limit 1', input: people, code: 8 },
      { run: ['runs', 'resume', ''], code: 2 },
      { run: ['runs', 'retry', '$RUN', '-o', 'json'], code: 2 },
      { run: ['runs', 'work', ' '], code: 2 },
      { run: ['runs', 'resume', 'las'], code: 2, says: 'runs list' },
    ],
    reached: ['sq 491713920601'],
  },
  {
    of: 'a secret that is the name of one, wherever it comes from',
    lines: [
      { run: 'sales-q import - -o json', input: people, env: { T: '${TOK}' }, code: 6, says: 'token' },
      { run: 'comunik8 add -', input: c8('0171 3920601,'), env: { K: '$KEY' }, code: 6, says: 'key' },
      {
        run: 'sales-q import -',
        input: people,
        before: async ({ desk, server }) => {
          await desk.write('token', '$TOKEN\n');
          await desk.write('.salesqrc', config(server.url).replace('env:T', 'file:token'));
        },
        code: 6,
        says: 'token',
      },
    ],
    reached: [],
  },
  {
    of: 'folders of the user that mean another one everywhere',
    lines: [
      {
        run: 'sales-q import -',
        input: people,
        env: { XDG_STATE_HOME: '$HOME/state' },
        code: 2,
        says: 'XDG_STATE_HOME',
      },
      {
        run: 'sales-q import - -o json',
        input: people,
        env: { XDG_CONFIG_HOME: 'conf' },
        code: 2,
        says: 'XDG_CONFIG_HOME',
      },
      { run: 'sales-q import -', input: people, env: { SALESQ_LEDGER: '~/l.db' }, code: 2, says: 'absolute' },
    ],
    reached: [],
  },
  {
    of: 'errors as one document: of a command, a profile, a run, a file that is not there',
    lines: [
      { run: 'help nope -o json', code: 2 },
      { run: 'runs show nope -o json', code: 2 },
      { run: 'profiles show nope -o json', code: 6 },
      { run: 'ledger status -o json', code: 6 },
      { run: 'sales-q import nofile.csv -o json', code: 6 },
      { run: 'runs list --config nofile -o json', code: 6 },
    ],
    reached: [],
  },
];

const lead = '{"email":"a@example.com","first_name":"A","surname":"M","mobile":"01713920601"}\n';

const places: readonly Play[] = [
  {
    of: 'an account of a dialler: its user is who it is, the password is not',
    lines: [
      { run: 'mmdial leads add -', input: 'phone\n01713920601\n', code: 0 },
      {
        run: 'mmdial leads add -',
        input: 'Handy\n+491713920601\n',
        env: { P: 'another-password' },
        code: 0,
        says: 'another key',
        rows: ['duplicate duplicate.contacted'],
      },
      {
        run: 'mmdial leads add -',
        input: '{"phone":"01713920601"}\n',
        before: (stage) => stage.configure('', { user: 'username: " OPS"' }),
        code: 0,
        rows: ['duplicate duplicate.contacted'],
      },
      {
        run: 'mmdial leads add - -o json',
        input: 'phone\n01713920601\n',
        before: (stage) => stage.configure('', { user: 'username: other' }),
        code: 10,
        says: ['(other)', '(ops)', 'ledger accounts same'],
      },
      { run: 'comunik8 add -', input: lead, before: (stage) => stage.configure(), code: 0 },
      {
        run: 'comunik8 add -',
        input: c8('0171 3920601,'),
        env: { K: 'another-key' },
        before: (stage) => stage.configure('', { comunik8: ', account: ""' }),
        code: 6,
        says: 'account',
      },
      {
        run: 'comunik8 add -',
        input: c8('0171 3920601,'),
        before: (stage) => stage.configure('', { comunik8: ', account: second' }),
        code: 10,
        says: '"second"',
      },
    ],
    reached: ['mm addlead 49 01713920601', 'c8 add 01713920601'],
  },
  {
    of: 'a ledger that lost its bytes: every command says so',
    lines: [
      { run: 'comunik8 add -', input: lead, code: 0 },
      {
        run: 'comunik8 add -',
        input: lead,
        before: async ({ desk }) => {
          await writeFile(desk.path('ledger.db'), '');
          await Promise.all(['-wal', '-shm'].map((end) => writeFile(desk.path(`ledger.db${end}`), '')));
        },
        code: 6,
        says: 'is empty',
      },
      { run: 'ledger status -o json', code: 6, says: 'is empty' },
      { run: 'runs list', code: 6, says: 'is empty' },
      { run: 'dnc add 01713920609 --reason x', code: 6, says: 'They wait' },
      { run: 'comunik8 add - --ledger other.db -o json', input: lead, code: 10, says: '1 contacts' },
    ],
    reached: ['c8 add 01713920601'],
  },
  {
    of: 'hours of nowhere, and hours whose zone is said',
    lines: [
      {
        run: 'mmdial leads add -',
        input: people,
        before: (stage) => stage.configure('    window: "00:00-23:59"\n'),
        env: { TZ: 'America/New_York' },
        code: 6,
        says: 'timezone',
      },
      {
        run: 'comunik8 add - --dry-run',
        input: lead,
        before: (stage) => stage.configure('    window: "Mon-Sun 00:00-24:00"\n    timezone: Asia/Tokyo\n'),
        code: 0,
        says: 'Asia/Tokyo',
      },
    ],
    reached: [],
  },
];

describe.each([
  ['a number', readings],
  ['an opt-out', optOuts],
  ['a file', files],
  ['a command line', typed],
  ['a place', places],
])('the edges of %s', (_what, plays) => {
  it.concurrent.each(plays.map((play) => [play.of, play] as const))('%s', async (_of, { lines, reached }) => {
    const desk = await Desk.open();
    const server = await WireRecorder.start(takesEverything());
    try {
      const stage = new Stage(desk, server);
      await stage.configure();
      for (const line of lines) await stage.play(line);
      expect(server.requests.flatMap(contactsIn)).toEqual(reached);
    } finally {
      await server.close();
      await desk.close();
    }
  });
});

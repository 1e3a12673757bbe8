import { seeded, type Random } from '../../../src/core/twin.js';
import type { FileRow, LeadFile, VendorName } from './files.js';
import { international, nationalStyles, people, type Country, type Line, type Style } from './people.js';
import type { Around, Change, LedgerChange, Session, Step, UrlSpelling } from './steps.js';

const vendorNames: readonly [VendorName, ...VendorName[]] = ['sales-q', 'comunik8', 'mmdial'];

/** The session of a seed. */
export function sessionOf(seed: number): Session {
  const draw = new Draw(seeded('operator', seed));
  const length = draw.random.between(5, 30);
  const steps = [draw.push(), ...Array.from({ length: length - 1 }, () => draw.step())];
  return { seed, ledger: draw.random.pick(['environment', 'environment', 'config', 'default']), steps };
}

type Maker = readonly [weight: number, make: () => Step];

class Draw {
  /** What this operator mostly works with. */
  readonly #vendor: VendorName;
  readonly #files: LeadFile[] = [];
  #serial = 0;

  constructor(readonly random: Random) {
    this.#vendor = random.pick(vendorNames);
  }

  step(): Step {
    const makers: readonly Maker[] = [
      [34, () => this.push()],
      [14, () => this.#optOut()],
      [20, () => this.#change()],
      [14, () => this.#run()],
      [8, () => ({ do: 'paste', pick: this.random.between(0, 5), around: this.#around() })],
      [5, () => this.#faults()],
      [3, () => this.#look()],
      [2, () => this.#edit()],
      [2, () => ({ do: 'farewell', lead: this.random.between(0, 5), around: {} })],
      [1, () => this.#optIn()],
      [2, () => this.#adopt()],
      [7, () => ({ do: 'settle', around: this.#chance(12) ? { clock: this.random.pick([-1, 365]) } : {} })],
    ];
    let left = this.random.next() * makers.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of makers) if ((left -= weight) < 0) return make();
    return this.push();
  }

  push(): Step {
    const file = this.#file();
    return { do: 'push', file, flags: this.#pushFlags(file), around: this.#around() };
  }

  #chance(percent: number): boolean {
    return this.random.next() * 100 < percent;
  }

  /** The same file again, the same people otherwise, or other people. */
  #file(): LeadFile {
    const [known] = this.#files.length > 0 ? [this.random.pick(this.#files as [LeadFile])] : [];
    const luck = this.random.between(0, 99);
    const file = known && luck < 25 ? known : known && luck < 65 ? this.#again(known) : this.#fresh();
    this.#files.push(file);
    return file;
  }

  #fresh(): LeadFile {
    const count = this.random.between(1, 6);
    const who = Array.from({ length: count }, () => this.random.between(0, people.length - 1));
    return this.#exported([...new Set(who)], this.#chance(80) ? this.#vendor : this.random.pick(vendorNames));
  }

  #again({ rows, vendor }: LeadFile): LeadFile {
    const more = this.#chance(40) ? [this.random.between(0, people.length - 1)] : [];
    return this.#exported([...new Set([...rows.map(({ who }) => who), ...more])], vendor);
  }

  #exported(who: readonly number[], vendor: VendorName): LeadFile {
    this.#serial += 1;
    const country = this.#chance(35);
    const doubled = this.#chance(8) && who[0] !== undefined ? [...who, who[0]] : who;
    const consent = this.#chance(12);
    const rows = doubled.map((one): FileRow => {
      const { main, second } = people[one] as (typeof people)[number];
      const home = country ? main.country : 'DE';
      const withSecond = second !== null && this.#chance(60);
      return {
        who: one,
        style: this.#style(main, home),
        second: withSecond ? this.#style(second, home) : null,
        swapped: withSecond && this.#chance(20),
        refuses: consent && this.#chance(40),
      };
    });
    const spoken = this.random.pick(['csv', 'csv', 'csv', 'csv', 'json', 'ndjson'] as const);
    return {
      name: `leads-${this.#serial}.${spoken}`,
      vendor,
      rows,
      format: spoken,
      delimiter: this.random.pick([';', ',', '\t']),
      encoding: this.random.pick(['utf-8', 'utf-8', 'utf-8-bom', 'windows-1252', 'utf-16le']),
      order: this.#chance(30) ? this.random.between(1, 5) : 0,
      header: this.random.between(0, 11),
      country,
      consent,
    };
  }

  /** A way to write this number that means it where national numbers are read as of that country. */
  #style({ country }: Line, home: Country = 'DE'): Style {
    if (this.#chance(30)) return 'plus';
    return this.random.pick(country === home && this.#chance(60) ? nationalStyles : international);
  }

  #pushFlags({ rows }: LeadFile): string[] {
    const bare = rows.some(({ style, second }) => style === 'bare' || second === 'bare');
    const some: readonly (readonly [percent: number, flags: readonly string[]])[] = [
      [60, ['-o', this.random.pick(['json', 'ndjson', 'table'])]],
      [12, ['--limit', String(this.random.between(1, 3))]],
      [8, ['--dry-run']],
      [6, ['--canary', '1']],
      [10, ['--batch-size', '1']],
      [4, ['--results', 'out.csv']],
      [4, ['--recontact', this.random.pick(['always', 'never', 'after:90d'])]],
      [3, ['--allow-duplicates']],
      [
        6,
        [
          '--phone-format',
          this.random.pick(bare ? ['national', 'auto'] : ['national', 'auto', 'intl-digits']),
        ],
      ],
      [5, ['--reconcile']],
      [3, ['--skip-invalid']],
      [2, ['--max-errors', '1']],
      [6, this.#slip()],
      [6, ['--profile', 'sandbox', '--rate', '1000/s']],
    ];
    return some.flatMap(([percent, flags]) => (this.#chance(percent) ? flags : []));
  }

  /** A value that was forgotten, or that no shell has filled in. */
  #slip(): readonly string[] {
    return this.random.pick<readonly string[]>([
      ['--results', '--dry-run'],
      ['--limit', '--dry-run'],
      ['--ledger', ''],
      ['--profile', ''],
      ['--profile', '$PROFILE'],
      ['--results', '${OUT}'],
      ['--ledger', '$HOME/l.db'],
      ['--country', ''],
      ['--limit', '0'],
    ]);
  }

  #around(): Around {
    const luck = this.random.between(0, 99);
    if (luck < 6) return { interrupt: { after: this.random.between(1, 3), twice: this.#chance(50) } };
    if (luck < 10) return { folder: this.random.pick(['below', 'above', 'elsewhere']) };
    if (luck < 12) return { clock: this.random.pick([-365, -1, 365, 500]) };
    if (luck >= 14) return {};
    return {
      env: this.random.pick<Readonly<Record<string, string>>>([
        { SALESQ_LEDGER: '$HOME/l.db' },
        { SALESQ_LEDGER: 'l.db' },
        { SALESQ_LEDGER: '' },
        { HOME: '' },
        { SALESQ_PROFILE: '${PROFILE}' },
        { SALESQ_OUTPUT: '' },
      ]),
    };
  }

  #anyLine(): Line {
    const { main, second } = this.random.pick(
      people as readonly [(typeof people)[number], ...(typeof people)[number][]],
    );
    return second && this.#chance(30) ? second : main;
  }

  /** Somebody of the files so far, mostly. */
  #known(): Line {
    const rows = this.#files.flatMap((file) => file.rows);
    if (rows.length === 0 || this.#chance(20)) return this.#anyLine();
    const { main, second } = people[this.random.pick(rows as [FileRow]).who] as (typeof people)[number];
    return second && this.#chance(35) ? second : main;
  }

  #optOut(): Step {
    const by = this.random.pick(['arguments', 'arguments', 'list', 'table'] as const);
    const count = by === 'arguments' ? this.random.between(1, 2) : this.random.between(1, 4);
    const lines = Array.from({ length: count }, () => {
      const line = this.#known();
      return [line, this.#style(line)] as const;
    });
    const noise =
      by === 'arguments' || this.#chance(60)
        ? []
        : [
            this.random.pick([
              'Abmeldungen im März',
              '# von Frau Käfer',
              'ruft selbst an',
              '4,91511E+11',
              '',
            ]),
          ];
    return {
      do: 'opt out',
      lines,
      by,
      noise,
      flags: this.#chance(30) ? ['-o', 'json'] : [],
      around: this.#chance(10) ? { folder: this.random.pick(['above', 'elsewhere']) } : this.#around(),
    };
  }

  #optIn(): Step {
    const line = this.#known();
    return { do: 'opt in', line, style: this.#style(line), around: {} };
  }

  #edit(): Step {
    const line = this.#known();
    return {
      do: 'edit',
      lead: this.random.between(10_001, 10_009),
      column: this.random.pick(['phone', 'alt_phone']),
      line,
      style: this.#style(line),
      around: this.#around(),
    };
  }

  #run(): Step {
    const words = this.random.pick<readonly string[]>([
      ['runs', 'resume', 'last'],
      ['runs', 'resume', 'last'],
      ['runs', 'resume', 'last', '--limit', '1'],
      ['runs', 'resume', ''],
      ['runs', 'retry', 'last'],
      ['runs', 'retry', 'last', '--phone-format', 'national'],
      ['runs', 'reconcile', 'last'],
      ['runs', 'reconcile', 'last', '--probe'],
      [
        'runs',
        'resolve',
        'last',
        '--row',
        '1',
        '--as',
        this.random.pick(['delivered', 'abandoned', 'not-sent']),
        '--reason',
        'so said the vendor',
      ],
      ['runs', 'abandon', 'last', '--reason', 'wrong file'],
      ['runs', 'work', 'last'],
    ]);
    return { do: 'type', words, around: this.#around() };
  }

  #look(): Step {
    const words = this.random.pick<readonly string[]>([
      ['runs', 'list'],
      ['runs', 'show', 'last', '-o', 'json'],
      ['runs', 'rows', 'last', '-o', 'ndjson'],
      ['dnc', 'list'],
      ['ledger', 'status'],
      ['ledger', 'check'],
      ['ledger', 'accounts'],
      ['profiles', 'show'],
      ['sales-q', 'update'],
    ]);
    return { do: 'type', words, around: this.#around() };
  }

  #adopt(): Step {
    const reason = this.random.pick(['the hint said so', 'we lost the disk']);
    const more = this.#chance(20) ? ['--nothing-sent'] : [];
    return { do: 'type', words: ['ledger', 'adopt', '--yes', '--reason', reason, ...more], around: {} };
  }

  #faults(): Step {
    const kinds = [
      'reset-after',
      'reset-before',
      '500-after',
      '503-before',
      'html-after',
      'truncate',
      'empty-after',
      'timeout-after=50ms',
      'timeout-before=50ms',
      '429=0s',
      '401',
    ];
    const kind = this.random.pick(kinds as [string, ...string[]]);
    const when = this.random.pick(['@1', '@2', '@1-2', '']);
    return { do: 'faults', faults: this.#chance(25) ? [] : [`${this.#vendor}:${kind}${when}`] };
  }

  #change(): Step {
    const { random } = this;
    const vendor = this.#chance(80) ? this.#vendor : random.pick(vendorNames);
    const rotated = vendor === 'mmdial' ? 'sales-q' : vendor;
    const labels = ['spring', 'Spring', ' SPRING ', 'herbst', null];
    const ledger: readonly [LedgerChange, ...LedgerChange[]] = [
      'back up',
      'back up',
      'restore',
      'restore',
      'delete ledger',
      'truncate ledger',
      'empty the folder',
      'lose the -wal',
      'link ledger',
    ];
    const spellings: readonly [UrlSpelling, ...UrlSpelling[]] = [
      'plain',
      'slash',
      'localhost',
      'capitals',
      'blank',
      'newline',
    ];
    const change = random.pick<() => Change>([
      () => ({ what: 'rename profile', name: random.pick(['bar', 'Bar', 'bar-2', 'kunde']) }),
      () => ({ what: 'move config', withLedger: this.#chance(60) }),
      () => ({ what: 'rotate token', vendor: rotated }),
      () => ({ what: 'label', vendor, text: random.pick(labels as [string | null]) }),
      () => ({ what: 'url', vendor, spelling: random.pick(spellings) }),
      () => ({ what: random.pick(ledger) }),
      () => ({ what: random.pick(ledger) }),
      () => ({ what: 'machine', number: random.pick([0, 1]) }),
    ])();
    return { do: 'change', change };
  }
}

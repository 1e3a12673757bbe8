import type { FileRow, VendorName } from './files.js';
import { people, type Line, type Style } from './people.js';
import type { LedgerChange, Session, Step } from './steps.js';

/** A session that once broke a promise, as short as it still did. */
interface Find {
  readonly what: string;
  readonly session: Session;
}

const find = (what: string, steps: readonly Step[], ledger: Session['ledger'] = 'environment'): Find => ({
  what,
  session: { seed: 0, ledger, steps },
});

const numberOf = (who: number) => (people[who] as (typeof people)[number]).main;

const secondOf = (who: number) => (people[who] as (typeof people)[number]).second ?? numberOf(who);

const optOut = (
  line: Line,
  { by = 'arguments', folder }: { readonly by?: 'arguments' | 'list'; readonly folder?: 'elsewhere' } = {},
): Step => ({
  do: 'opt out',
  lines: [[line, 'plus']],
  by,
  noise: [],
  flags: [],
  around: folder === undefined ? {} : { folder },
});

const push = (
  rows: readonly ({ who: number } & Partial<FileRow>)[],
  style: Style = 'plus',
  vendor: VendorName = 'sales-q',
): Step => ({
  do: 'push',
  file: {
    name: `${style}.csv`,
    vendor,
    rows: rows.map((row) => ({ style, second: null, swapped: false, refuses: false, ...row })),
    format: 'csv',
    delimiter: ';',
    encoding: 'utf-8',
    order: 0,
    header: 0,
    country: false,
    consent: rows.some(({ refuses }) => refuses),
  },
  flags: [],
  around: {},
});

const change = (what: LedgerChange): Step => ({ do: 'change', change: { what } });

const type = (...words: readonly string[]): Step => ({ do: 'type', words, around: {} });

export const finds: readonly Find[] = [
  find('mmDial would have dialled an Austrian number as a German one', [
    { do: 'edit', lead: 10_001, column: 'alt_phone', line: numberOf(4), style: 'plus', around: {} },
    { do: 'edit', lead: 10_001, column: 'phone', line: numberOf(5), style: 'idd', around: {} },
  ]),
  find(
    'an emptied ledger was made a new one by ledger adopt, and a machine without a witness went on with it',
    [
      push([{ who: 0 }]),
      change('truncate ledger'),
      { do: 'change', change: { what: 'machine', number: 1 } },
      type('ledger', 'adopt', '--yes', '--reason', 'we lost the disk'),
      push([{ who: 0 }], 'digits'),
    ],
  ),
  find('a row that says no, with a number that has two readings, was not heard', [
    push([{ who: 20 }, { who: 20, style: 'bare', refuses: true }]),
  ]),
  find('an edit gave a lead the number of somebody whose opt-out was lost with the ledger', [
    optOut(numberOf(0)),
    change('empty the folder'),
    { do: 'edit', lead: 10_001, column: 'alt_phone', line: numberOf(0), style: 'plus', around: {} },
  ]),
  find('dnc remove of a number with two readings said no more than that', [
    { do: 'opt in', line: numberOf(9), style: 'bare', around: {} },
  ]),
  find('the opt-out of a second number was answered with a hint that held the main one, whole', [
    push([{ who: 4, second: 'plus' }], 'plus', 'comunik8'),
    optOut(secondOf(4), { by: 'list' }),
  ]),
  find('an account was looked for where the ledger was gone, and no word said what to do', [
    push([{ who: 0 }]),
    change('empty the folder'),
    type('ledger', 'accounts', 'separate', '1', '--yes'),
  ]),
  find(
    'an opt-out that waits for the ledger of another folder did not say whether anything is left to do',
    [push([{ who: 0 }]), optOut(numberOf(0), { folder: 'elsewhere' }), push([{ who: 0 }, { who: 1 }])],
    'config',
  ),
  find('a list that may not be whole said so, and not where to look for the other one', [
    push([{ who: 0 }]),
    optOut(numberOf(1)),
    change('empty the folder'),
    type('dnc', 'list'),
  ]),
];

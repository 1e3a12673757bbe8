import { fictitious } from '../../support/leads.js';
import { ledgerOf, markOf, type Flow, type FlowDesk } from './flow.js';
import { look } from './look.js';
import { answerLost, cutOff } from './misfortunes.js';

const fast = ['--rate', '1000/s', '--concurrency', '1', '-o', 'ndjson'];
const importCsv = (...flags: string[]): string[] => ['sales-q', 'import', 'leads.csv', ...fast, ...flags];

/** A CSV of people `from` on; the surname is the mark. */
const csv = (count: number, from = 0): string =>
  [
    'Telefon;Vorname;Nachname',
    ...people(count, from).map((at) => `${fictitious(at)};Eva;${markOf(at)}`),
    '',
  ].join('\n');
const people = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, index) => from + index);
const due = (count: number, from = 0): string[] => people(count, from).map(markOf);

/** A ledger that has lived: it is made, and some other file was pushed with it. */
async function lived({ write, run }: FlowDesk): Promise<void> {
  await write('before.csv', csv(2, 50));
  await run(['sales-q', 'import', 'before.csv', ...fast]);
}

const salesQ: Flow[] = [
  {
    name: 'import-new-ledger',
    args: importCsv('--batch-size', '1'),
    atRisk: 1,
    due: due(3),
    prepare: ({ write }) => write('leads.csv', csv(3)),
  },
  {
    name: 'import',
    args: importCsv('--batch-size', '1'),
    atRisk: 1,
    due: due(4),
    async prepare(desk) {
      await lived(desk);
      await desk.write('leads.csv', csv(4));
    },
  },
  {
    name: 'import-batch',
    args: importCsv('--batch-size', '2'),
    atRisk: 2,
    rows: 7,
    due: due(5),
    async prepare(desk) {
      await lived(desk);
      // One person stands in the file twice, one number is none: both are rows, neither is sent.
      await desk.write('leads.csv', `${csv(5)}${fictitious(0)};Uwe;${markOf(90)}\n12;Ina;${markOf(91)}\n`);
    },
  },
  {
    name: 'import-results',
    args: importCsv('--batch-size', '2', '--results', '{folder}/results.csv'),
    atRisk: 2,
    due: due(4),
    async prepare(desk) {
      await lived(desk);
      await desk.write('leads.csv', csv(4));
    },
  },
  {
    name: 'import-stdin',
    args: ['sales-q', 'import', '-', ...fast, '--batch-size', '2'],
    input: csv(4),
    atRisk: 2,
    due: due(4),
    prepare: lived,
  },
  {
    name: 'import-side-by-side',
    args: [
      'sales-q',
      'import',
      'leads.csv',
      '--rate',
      '1000/s',
      '--concurrency',
      '3',
      '--batch-size',
      '1',
      '-o',
      'ndjson',
    ],
    atRisk: 3,
    due: due(6),
    async prepare(desk) {
      await lived(desk);
      await desk.write('leads.csv', csv(6));
    },
  },
  {
    name: 'import-again',
    args: importCsv(),
    atRisk: 0,
    due: [],
    async prepare(desk) {
      await desk.write('leads.csv', csv(3));
      await desk.run(importCsv());
      desk.oracle.asked = [];
    },
  },
  {
    name: 'import-recontact',
    args: importCsv('--batch-size', '1', '--recontact', 'always'),
    atRisk: 1,
    due: due(3),
    renewed: true,
    async prepare(desk) {
      await desk.write('leads.csv', csv(3));
      await desk.run(importCsv());
      desk.oracle.asked = [];
    },
  },
  {
    name: 'resume',
    args: ['runs', 'resume', 'last', ...fast, '--batch-size', '1'],
    atRisk: 1,
    rows: 4,
    due: due(3, 1),
    async prepare(desk) {
      await desk.write('leads.csv', csv(4));
      await desk.run(importCsv('--limit', '1', '--batch-size', '1'), [8]);
      desk.oracle.asked = [];
    },
  },
  {
    name: 'resume-after-crash',
    args: ['runs', 'resume', 'last', ...fast, '--batch-size', '2'],
    atRisk: 3,
    rows: 5,
    due: due(4, 1),
    async prepare(desk) {
      await desk.write('leads.csv', csv(5));
      await desk.run(importCsv('--limit', '1', '--batch-size', '1'), [8]);
      await cutOff(desk, false);
      desk.oracle.asked = [];
    },
  },
];

/** Says goodbye to people: a message that comes twice is a second contact. */
const farewell: Flow = {
  name: 'sales-q-remove',
  args: ['sales-q', 'remove', '--from', 'gone.csv', '--message', 'Goodbye', '--yes', ...fast],
  atRisk: 1,
  due: [],
  async prepare(desk) {
    await desk.write('leads.csv', csv(3));
    await desk.run(importCsv());
    const { runs } = await look(ledgerOf(desk.folder));
    const ids = runs.flatMap(({ rows }) => rows.flatMap(({ vendorId }) => vendorId ?? []));
    await desk.write('gone.csv', ['id', ...ids, ''].join('\n'));
    desk.oracle.asked = [];
  },
};

const reconciled: Flow[] = [
  {
    name: 'reconcile',
    args: ['runs', 'reconcile', 'last', '-o', 'ndjson'],
    atRisk: 0,
    due: due(4),
    remembers: true,
    async prepare(desk) {
      await desk.write('leads.csv', csv(4));
      await answerLost(desk, markOf(1), importCsv('--batch-size', '1'));
    },
  },
  {
    name: 'reconcile-mmdial',
    args: ['runs', 'reconcile', 'last', '-o', 'ndjson'],
    atRisk: 0,
    due: due(3, 1),
    remembers: true,
    async prepare(desk) {
      await desk.write('leads.csv', csv(3, 1));
      await answerLost(desk, markOf(2), ['mmdial', 'leads', 'add', 'leads.csv', ...fast]);
    },
  },
];

const number = (index: number): string => fictitious(70 + index);

const others: Flow[] = [
  {
    name: 'comunik8-add',
    args: ['comunik8', 'add', 'leads.csv', '--country', 'GB', '--delay', '600', ...fast],
    atRisk: 1,
    due: due(3),
    prepare: ({ write }) =>
      write(
        'leads.csv',
        `email,First name,Surname,Mobile\n${people(3)
          .map((at) => `e${at}@example.com,Eva,${markOf(at)},0740012345${at}\n`)
          .join('')}`,
      ),
  },
  {
    name: 'comunik8-cancel',
    args: ['comunik8', 'cancel', 'back.csv', '--country', 'GB', ...fast],
    atRisk: 1,
    due: [],
    mayExit: [3],
    async prepare({ write, run }) {
      const rows = people(2).map((at) => `e${at}@example.com,Eva,${markOf(at)},0740012345${at}\n`);
      await write('leads.csv', `email,First name,Surname,Mobile\n${rows.join('')}`);
      await run(['comunik8', 'add', 'leads.csv', '--country', 'GB', '--delay', '600', ...fast]);
      await write('back.csv', 'mobile\n07400123450\n07400123451\n');
    },
  },
  {
    name: 'calltouch-comment',
    args: ['calltouch', 'comment', 'notes.csv', '--search-depth', '131040', ...fast, '--batch-size', '2'],
    atRisk: 2,
    due: due(4),
    mayExit: [3],
    prepare: ({ write }) =>
      write(
        'notes.csv',
        `callId,comment\n${people(4)
          .map((at) => `${1000 + at},note ${markOf(at)}\n`)
          .join('')}`,
      ),
  },
  {
    name: 'mmdial-leads-add',
    args: ['mmdial', 'leads', 'add', 'leads.csv', ...fast],
    atRisk: 1,
    due: due(3, 1),
    // mmDial's twin finds numbers that end in three zeros invalid.
    prepare: ({ write }) => write('leads.csv', csv(3, 1)),
  },
  {
    name: 'mmdial-dnc-add',
    args: ['mmdial', 'dnc', 'add', number(0), number(1), '--reason', 'asked', ...fast],
    atRisk: 1,
    due: [],
    listed: [number(0), number(1)],
    prepare: lived,
  },
  {
    name: 'mmdial-dnc-remove',
    args: ['mmdial', 'dnc', 'remove', number(0), '--reason', 'came back', '--yes', ...fast],
    atRisk: 1,
    due: [],
    unlisted: [number(0)],
    prepare: ({ run }) => run(['mmdial', 'dnc', 'add', number(0), '--reason', 'asked', ...fast]),
  },
];

const local: Flow[] = [
  {
    name: 'dnc-add',
    args: ['dnc', 'add', fictitious(1), fictitious(2), '--reason', 'asked', '-o', 'json'],
    atRisk: 0,
    due: [],
    listed: [fictitious(1), fictitious(2)],
    async prepare(desk) {
      await desk.write('leads.csv', csv(4));
      await desk.run(importCsv('--limit', '1', '--batch-size', '1'), [8]);
      desk.oracle.asked = [];
    },
  },
  {
    name: 'dnc-remove',
    args: ['dnc', 'remove', fictitious(1), '--reason', 'came back', '--yes', '-o', 'json'],
    atRisk: 0,
    due: [],
    unlisted: [fictitious(1)],
    mayExit: [3],
    prepare: ({ run }) => run(['dnc', 'add', fictitious(1), '--reason', 'asked']),
  },
  ...(['delivered', 'not-sent', 'abandoned'] as const).map((as): Flow => ({
    name: `resolve-${as}`,
    args: ['runs', 'resolve', 'last', '--row', '2', '--as', as, '--reason', 'looked it up', '-o', 'json'],
    atRisk: 0,
    due: [],
    // Decided once; a second decision about the same row is refused.
    mayExit: [2, 6],
    async prepare(desk) {
      await desk.write('leads.csv', csv(2));
      await desk.run(importCsv('--limit', '1', '--batch-size', '1'), [8]);
      await cutOff(desk, true);
      desk.oracle.asked = [];
    },
  })),
];

export const flows: readonly Flow[] = [...salesQ, farewell, ...reconciled, ...others, ...local];

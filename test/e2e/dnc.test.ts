import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import { digits, fictitious, leadsCsv } from '../support/leads.js';
import { Desk } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';

let desk: Desk;
let sandbox: Sandbox;
let env: Record<string, string>;

beforeEach(async () => {
  desk = await Desk.open();
  sandbox = await openSandbox();
  env = sandboxEnv(sandbox);
});

afterEach(async () => {
  await sandbox.close();
  await desk.close();
});

describe('the local do-not-call list', () => {
  it('blocks before a plan and between plan and send, however the number is spelt', async () => {
    const national = `0${fictitious(1).slice(3)}`;
    await desk.run(['dnc', 'add', national, '--reason', 'asked by mail'], { env });
    await desk.write('leads.csv', leadsCsv(4));
    const first = await desk.json<PushSummary>(['sales-q', 'import', 'leads.csv', '--limit', '1'], { env });
    expect(first.document.counts).toMatchObject({ delivered: 1, blocked: 1, ready: 2 });
    const added = await desk.json(['dnc', 'add', fictitious(2), '--reason', 'by phone'], { env });
    expect(added.document).toMatchObject({ added: 1, blockedRows: 1 });
    const second = await desk.json<PushSummary>(['runs', 'resume', 'last', '--rate', '50/s'], { env });
    expect(second.code).toBe(3);
    expect(second.document.counts).toMatchObject({ delivered: 2, blocked: 2 });
    expect(
      sandbox
        .contacts()
        .persons.map(({ person }) => person)
        .sort(),
    ).toEqual([digits(0), digits(3)]);
  });

  it('checks, lists, takes off only with a reason and a yes', async () => {
    await desk.write('numbers.txt', `(0171) 39200-07\n${fictitious(8)}\n`);
    await desk.run(['dnc', 'add', '--from', 'numbers.txt', '--reason', 'x'], { env });
    const { document } = await desk.json<{ results: { listed: boolean }[] }>(
      ['dnc', 'check', fictitious(7), fictitious(9)],
      { env },
    );
    expect(document.results.map(({ listed }) => listed)).toEqual([true, false]);
    expect((await desk.run(['dnc', 'remove', fictitious(7)], { env })).code).toBe(2);
    expect((await desk.run(['dnc', 'remove', fictitious(7), '--reason', 'came back'], { env })).code).toBe(2);
    expect(
      (await desk.run(['dnc', 'remove', fictitious(7), '--reason', 'came back', '--yes'], { env })).code,
    ).toBe(0);
    const list = await desk.json<{ numbers: { number: string }[] }>(['dnc', 'list'], { env });
    expect(list.document.numbers.map(({ number }) => number)).toEqual([fictitious(8)]);
    const bad = await desk.json(['dnc', 'add', 'never again', '--reason', 'x'], { env });
    expect(bad.code).toBe(6);
  });

  it('takes a number off only where one person is meant', async () => {
    await desk.run(['dnc', 'add', '491713920073', '80808', '--reason', 'x'], { env });
    const remove = (...numbers: string[]) =>
      desk.json(['dnc', 'remove', ...numbers, '--reason', 'came back', '--yes'], { env });
    const unsure = await remove('491713920073', '80808');
    expect(unsure.code).toBe(3);
    expect(unsure.document).toMatchObject({ numbers: 1, unreadable: 1, removed: 1 });
    expect(unsure.stderr).toContain('argument 1');
    expect((await remove('491713920073')).code).toBe(6);
    expect((await remove('+49491713920073')).document).toMatchObject({ removed: 1 });
  });
});

const national = (index: number): string => `0${fictitious(index).slice(3)}`;

/** Lists that people really keep: who of the four leads they name, and what is said of the rest. */
const lists: readonly {
  readonly of: string;
  readonly text: string;
  readonly blocked: readonly number[];
  readonly code?: number;
  readonly names?: readonly string[];
}[] = [
  {
    of: 'every phone column of a table',
    text: `Name;Telefon;Mobil;Telefon 2\nEva;${national(0)};;\nIda;;${national(1)};${national(2)}\nUwe;-;;\n`,
    blocked: [0, 1, 2],
  },
  { of: 'a first line in brackets', text: `(0171) 39200-00\n${national(2)}\n`, blocked: [0, 2] },
  {
    of: 'a title, comments, ordinals and reasons',
    text: `Sperrliste\n# who wrote to us\n1. ${national(0)}\n${national(1)};asked by mail on 01.02.2024\nTel: ${national(2)}\n`,
    blocked: [0, 1, 2],
    code: 3,
    names: ['line 1'],
  },
  {
    of: 'a line of words',
    text: `number\n${national(0)}\nplease never again\n${national(3)}\n`,
    blocked: [0, 3],
    code: 3,
    names: ['line 3'],
  },
  {
    of: 'scientific notation, which makes the table ragged',
    text: `number\n${national(0)}\n4,91511E+11\n${national(3)}\n`,
    blocked: [0, 3],
    code: 3,
    names: ['line 3'],
  },
  {
    of: 'rows with a cell too many, and a quote that never closes',
    text: `Name;Telefon\nEva;Anna;${national(0)}\n"Ida;${national(1)}\nUwe;${national(2)}\n`,
    blocked: [0, 1, 2],
  },
  {
    of: 'a header with an empty and a doubled name',
    text: `Name;Telefon;Telefon;\nEva;${national(0)};${national(1)};\n`,
    blocked: [0, 1],
  },
  {
    of: 'several numbers in a cell',
    text: `phone\n"${national(0)}, ${national(1)}"\n${national(2)} / ${national(3)}\n`,
    blocked: [0, 1, 2, 3],
  },
  { of: 'digits with two readings', text: `number\n${digits(0)}\n`, blocked: [0] },
  { of: 'an extension in brackets', text: `number\n${national(1)} (2)\n`, blocked: [1] },
  {
    of: 'JSON',
    text: `[{"number":"${national(0)}","mobile":"${national(1)}"},{"phone":"none"}]`,
    blocked: [0, 1],
    code: 3,
    names: ['row 2'],
  },
];

describe('number lists', () => {
  it.each(lists)('are read whole: $of', async ({ text, blocked, code = 0, names = [] }) => {
    await desk.write('list', text);
    const added = await desk.json(['dnc', 'add', '--from', 'list', '--reason', 'x', '--country', 'DE'], {
      env,
    });
    expect(added).toMatchObject({ code });
    expect(added.document).toMatchObject({ unreadable: names.length });
    for (const name of names) expect(added.stderr).toContain(`${name}:`);
    expect(added.stderr).not.toMatch(/never again|4,9|\d{6}/);
    await desk.write('leads.csv', leadsCsv(4));
    const push = await desk.json<PushSummary>(['sales-q', 'import', 'leads.csv'], { env });
    expect(push.document.counts).toMatchObject({ blocked: blocked.length, delivered: 4 - blocked.length });
    const others = [0, 1, 2, 3].filter((index) => !blocked.includes(index));
    const heard = sandbox.contacts().persons.map(({ person }) => person);
    expect(heard.sort()).toEqual(others.map(digits));
  });

  it('read a national number by the country of its row, as a push does', async () => {
    await desk.write('list.csv', 'Telefon;Land\n0664 1234567;AT\n0171 3920001;\n0664 7654321;Nirgendwo\n');
    await desk.run(['dnc', 'add', '--from', 'list.csv', '--reason', 'x', '--country', 'DE'], { env });
    await desk.write(
      'leads.csv',
      'Telefon;Land\n0664 1234567;AT\n0171 3920001;DE\n+436647654321;\n+496641234567;\n',
    );
    const push = await desk.json<PushSummary>(['sales-q', 'import', 'leads.csv'], { env });
    expect(push.document.counts).toMatchObject({ blocked: 3 });
    expect(sandbox.contacts().persons.filter(({ person }) => !person.startsWith('4966412'))).toEqual([]);
  });

  it('keep what no rule reads, block what it may mean, and block it in a plan that was made before', async () => {
    await desk.write('leads.csv', leadsCsv(3));
    await desk.json(['sales-q', 'import', 'leads.csv', '--limit', '1'], { env });
    const added = await desk.json(
      ['dnc', 'add', '0171392', national(1), '--reason', 'x', '--country', 'US'],
      {
        env,
      },
    );
    expect(added).toMatchObject({ code: 0, document: { numbers: 2, unreadable: 0, blockedRows: 1 } });
    const list = await desk.json<{ numbers: { number: string }[] }>(['dnc', 'list'], { env });
    expect(list.document.numbers.map(({ number }) => number)).toEqual(['171392', national(1).slice(1)]);
    const check = await desk.json<{ results: { listed: boolean }[] }>(
      ['dnc', 'check', fictitious(1), '0171392', fictitious(2)],
      { env },
    );
    expect(check.document.results.map(({ listed }) => listed)).toEqual([true, true, false]);
    await desk.write('more.csv', leadsCsv(1, 1));
    const dry = await desk.json<PushSummary>(['sales-q', 'import', 'more.csv', '--dry-run'], { env });
    expect(dry.document.counts).toMatchObject({ blocked: 1 });
    const rest = await desk.json<PushSummary>(['runs', 'resume', 'last'], { env });
    expect(rest.document.counts).toMatchObject({ delivered: 2, blocked: 1 });
    expect(sandbox.contacts().persons.map(({ person }) => person)).not.toContain(digits(1));
  });
});

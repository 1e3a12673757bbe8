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
    const bad = await desk.json(['dnc', 'add', '4,9E+11', '--reason', 'x'], { env });
    expect(bad.code).toBe(6);
  });
});

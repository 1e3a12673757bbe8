import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import { fictitious } from '../support/leads.js';
import { runMain } from '../support/in-process.js';
import { type Finished, Desk } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';

interface Row {
  readonly state: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly vendorId: string | null;
}

let desk: Desk;
let sandbox: Sandbox;
beforeEach(async () => {
  desk = await Desk.open();
  sandbox = await openSandbox();
});
afterEach(async () => {
  await sandbox.close();
  await desk.close();
});

/** The program from `main` on, in this process: most of what a test of many commands costs is their start. */
async function inside<T>(...args: string[]): Promise<Finished & { document: T }> {
  const result = await runMain([...args, '-o', 'json'], {
    cwd: desk.folder,
    env: desk.env(sandboxEnv(sandbox)),
  });
  return { ...result, document: JSON.parse(result.stdout) as T };
}

const run = (...args: string[]) => inside<PushSummary>(...args);
const rowsOf = async (name: string | null): Promise<readonly Row[]> =>
  (await inside<{ rows: readonly Row[] }>('runs', 'rows', name ?? '')).document.rows;

describe('what was delivered and taken back (T11)', () => {
  it('is withdrawn: whoever was not called yet may be added again, and is called once', async () => {
    const lead = (name: string, mobile: string) => `${name}@example.com,${name},Muster,${mobile}`;
    const file = (...lines: string[]) => ['email,First name,Surname,Mobile', ...lines, ''].join('\n');
    await desk.write('two.csv', file(lead('eva', '07400 123456'), lead('ute', '07400 123457')));
    const flags = ['--country', 'GB', '--delay', '86400'];
    const added = await run('comunik8', 'add', 'two.csv', ...flags);
    expect(added.document.counts).toMatchObject({ delivered: 2 });
    const cancelled = await run('comunik8', 'cancel', '--mobile', '07400 123456', '--country', 'GB');
    expect(await rowsOf(added.document.run)).toMatchObject([
      {
        state: 'withdrawn',
        code: 'withdrawn.before-contact',
        reason: expect.stringContaining(cancelled.document.run ?? '?') as string,
      },
      { state: 'delivered' },
    ]);
    await desk.write('again.csv', file(lead('eva', '+44 7400 123456'), lead('ute', '07400 123457'), ''));
    const again = await run('comunik8', 'add', 'again.csv', ...flags);
    expect(again.document.counts).toMatchObject({ delivered: 1, duplicate: 1 });
    sandbox.advance(5 * 24 * 3_600_000);
    const { persons, twice } = sandbox.contacts();
    expect([persons.length, twice]).toEqual([2, []]);
  });

  it('still counts as a contact where the chat had begun', { tags: ['long'] }, async () => {
    const file = (...numbers: string[]) => ['Telefon', ...numbers, ''].join('\n');
    await desk.write('two.csv', file(fictitious(1), fictitious(2)));
    const imported = await run('sales-q', 'import', 'two.csv');
    const [first] = await rowsOf(imported.document.run);
    const removed = await run('sales-q', 'remove', first?.vendorId ?? '');
    expect(removed.document.counts).toMatchObject({ delivered: 1 });
    const [row, other] = await rowsOf(imported.document.run);
    expect([row, other]).toMatchObject([
      { state: 'withdrawn', code: 'withdrawn.removed' },
      { state: 'delivered' },
    ]);
    await desk.write('again.csv', file(fictitious(1)));
    const again = await run('sales-q', 'import', 'again.csv');
    expect(again.document.counts).toMatchObject({ duplicate: 1, delivered: 0 });
    sandbox.advance(48 * 3_600_000);
    expect(sandbox.contacts().twice).toEqual([]);
  });
});

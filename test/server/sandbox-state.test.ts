import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { SandboxOptions } from '../../src/rehearsal/host.js';
import { StateFile } from '../../src/rehearsal/twins.js';
import { day, idsOf, importLeads, newFolder, post, sandbox, token, update } from './support.js';

const stateFile = async (): Promise<string> => join(await newFolder(), 'state.json');

const codeOf = async (options: Partial<SandboxOptions>): Promise<string> => {
  const error = await sandbox(options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof UserError ? error.code : String(error);
};

describe('state file', () => {
  it('has an import on disk before it is answered', async () => {
    const path = await stateFile();
    const box = await sandbox({ stateFile: path });
    for (const Phone of ['491700000001', '491700000002', '491700000003']) {
      const [taken] = idsOf(await importLeads(box, { Phone }));
      expect(await readFile(path, 'utf8')).toContain(taken?.id);
    }
  });

  it('goes on where a killed sandbox stopped: leads, chats, contacts, time', async () => {
    const path = await stateFile();
    const before = await sandbox({ stateFile: path, seed: 5 });
    const script = [{ content: 'Hallo {Vorname}', state: 1, next: 1, dataconnect: 'Antwort' }];
    await importLeads(before, { Phone: '491700000555', Vorname: 'Eva', __proto__x: 'y' });
    const lead =
      '{"Phone":"491700000777","Vorname":"Jo","__proto__":"p","script":' + JSON.stringify(script) + '}';
    await post(`${before.url}/sales-q/import`, `{"token":"${token}","leads":[${lead}]}`);
    await post(`${before.url}/_sandbox/clock`, { advanceMs: 2 * day });
    // Another file system entry with the same content stands for what a kill leaves behind.
    const copy = await stateFile();
    await writeFile(copy, await readFile(path));
    const after = await sandbox({ stateFile: copy, seed: 99 });
    expect(await update(after)).toEqual(await update(before));
    expect(Object.keys((await update(after))[1] ?? {})).toContain('__proto__');
    expect(after.contacts()).toEqual(before.contacts());
    const next = await importLeads(after, { Phone: '491700000555' });
    expect(idsOf(next)[0]?.id).not.toBe((await update(before))[0]?.id);
    expect(after.contacts().twice).toMatchObject([{ person: '491700000555', times: 2 }]);
  });

  it('survives kill -9 of its process in the middle of imports', async () => {
    const path = await stateFile();
    const child = fork(join(import.meta.dirname, 'sandbox-child.mjs'), [path], { stdio: 'inherit' });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    const answered: string[] = [];
    const sendUntilCut = async (sender: number): Promise<void> => {
      for (let number = 0; ; number += 1) {
        const body = { token, leads: [{ Phone: `4917${sender}${String(number).padStart(7, '0')}` }] };
        answered.push(...idsOf(await post(`${url}/sales-q/import`, body)).map(({ id }) => id));
        if (answered.length === 10) child.kill('SIGKILL');
      }
    };
    const ends = await Promise.allSettled([1, 2, 3].map(sendUntilCut));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    const after = await sandbox({ stateFile: path });
    const kept = new Set((await update(after)).map(({ id }) => id));
    expect(answered.length).toBeGreaterThanOrEqual(10);
    expect(answered.filter((id) => !kept.has(id))).toEqual([]);
  });

  it('saves at the end, and never lets time go back', async () => {
    const path = await stateFile();
    const box = await sandbox({ stateFile: path });
    await importLeads(box, { Phone: '491700000777' });
    box.advance(7 * day);
    await box.close();
    const after = await sandbox({ stateFile: path });
    expect(await update(after)).toMatchObject([{ Status: 'Archive' }]);
  });

  it('forgets on request, on disk too', async () => {
    const path = await stateFile();
    const box = await sandbox({ stateFile: path });
    await importLeads(box, { Phone: '491700000001' });
    await post(`${box.url}/_sandbox/reset`, '');
    expect(await readFile(path, 'utf8')).not.toContain('491700000001');
  });

  it('is for the user only and leaves no drafts', async () => {
    const path = await stateFile();
    const box = await sandbox({ stateFile: path });
    await Promise.all(Array.from({ length: 20 }, (_, n) => importLeads(box, { Phone: `49170000000${n}` })));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['state.json']);
  });

  it('keeps the state of vendors that are not running', async () => {
    const path = await stateFile();
    await writeFile(path, '{"schema":"salesq/sandbox-state@1","virtualMs":5,"twins":{"other":{"a":[1]}}}');
    await (await sandbox({ stateFile: path })).close();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ twins: { other: { a: [1] } } });
  });

  it.each([
    'no json',
    '{}',
    '[]',
    '{"schema":"salesq/sandbox-state@1"}',
    '{"schema":"salesq/sandbox-state@1","virtualMs":5,"twins":{"sales-q":{"leads":1}}}',
  ])('refuses %s and leaves it alone', async (content) => {
    const path = await stateFile();
    await writeFile(path, content);
    expect(await codeOf({ stateFile: path })).toBe('sandbox.state');
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('refuses to start where nothing can be kept', async () => {
    expect(await codeOf({ stateFile: join(await newFolder(), 'missing', 'state.json') })).toBe(
      'sandbox.state',
    );
  });

  it('answers 500 to an import it could not keep, and has it with the next', async () => {
    const path = await stateFile();
    const box = await sandbox({ stateFile: path });
    await rm(path);
    await mkdir(path);
    expect((await importLeads(box, { Phone: '491700000001' })).status).toBe(500);
    await rmdir(path);
    expect((await importLeads(box, { Phone: '491700000002' })).status).toBe(200);
    expect(await readFile(path, 'utf8')).toMatch(/491700000001.*491700000002/s);
  });
});

describe('StateFile', () => {
  it('gives everybody who waits a write that began after their change', async () => {
    const path = await stateFile();
    let virtualMs = 0;
    let snapshots = 0;
    const file = new StateFile(
      path,
      () => {
        snapshots += 1;
        return { virtualMs, twins: {} };
      },
      () => undefined,
    );
    const waits = Array.from({ length: 50 }, async (_, number) => {
      virtualMs = number;
      await file.save();
      expect(
        (JSON.parse(await readFile(path, 'utf8')) as { virtualMs: number }).virtualMs,
      ).toBeGreaterThanOrEqual(number);
    });
    await Promise.all(waits);
    expect(snapshots).toBeLessThan(10);
  });

  it('reports a failed write in the background and writes again when it can', async () => {
    const path = await stateFile();
    await mkdir(path);
    let failed = (): void => undefined;
    const problem = new Promise<void>((resolve) => (failed = resolve));
    const file = new StateFile(
      path,
      () => ({ virtualMs: 1, twins: {} }),
      () => {
        failed();
      },
    );
    file.saveSoon();
    await problem;
    await rmdir(path);
    await file.save();
    expect(await readFile(path, 'utf8')).toContain('"virtualMs":1');
  });
});

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { currentOwner, processAlive } from '../../src/ledger/index.js';
import { newRunId } from '../../src/ledger/sql/runs.js';

const kill = (pid: number, signal: 0): unknown => process.kill(pid, signal);
const answering = (code: string | null) => (): unknown => {
  if (code === null) return true;
  throw Object.assign(new Error(code), { code });
};

describe.runIf(existsSync('/proc/self/stat'))('whether a holder lives', () => {
  const here = currentOwner(process.pid, 'desk');

  test('this process does, and has an id of its own', () => {
    expect(processAlive(here, 'desk', kill)).toBe(true);
    expect(currentOwner(process.pid, 'desk').id).not.toBe(here.id);
  });

  test('a process that was killed does not, even before its parent took note', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const owner = currentOwner(child.pid ?? 0, 'desk');
    expect(processAlive(owner, 'desk', kill)).toBe(true);
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
    expect(processAlive(owner, 'desk', kill)).toBe(false);
  });

  test('another process that was given the same number does not count', () => {
    expect(processAlive({ ...here, started: here.started.replace(/\d+$/, '1') }, 'desk', kill)).toBe(false);
  });

  test('it cannot be told on another host, after a restart, in another container, or without a start time', () => {
    expect(processAlive(here, 'other', kill)).toBeNull();
    expect(processAlive({ ...here, started: here.started.replace(/^\w/, 'x') }, 'desk', kill)).toBeNull();
    expect(
      processAlive({ ...here, started: here.started.replace(/\/\d+\//, '/1/') }, 'desk', kill),
    ).toBeNull();
    expect(processAlive({ ...here, started: '' }, 'desk', kill)).toBeNull();
  });

  test('a process that may not be signalled is there; only "no such process" means it is not', () => {
    expect(processAlive(here, 'desk', answering('EPERM'))).toBe(true);
    expect(processAlive(here, 'desk', answering('EINVAL'))).toBe(true);
    expect(processAlive(here, 'desk', answering('ESRCH'))).toBe(false);
  });
});

describe('run ids', () => {
  test('sort by time, and after the latest one when the clock jumps back', () => {
    const a = newRunId(1_700_000_000_000, null);
    const b = newRunId(1_700_000_000_001, a);
    const c = newRunId(1_600_000_000_000, b);
    const d = newRunId(1_600_000_000_000, c);
    expect([d, b, a, c].sort()).toEqual([a, b, c, d]);
    for (const id of [a, b, c, d]) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(newRunId(1_700_000_000_000, null)).not.toBe(a);
  });
});

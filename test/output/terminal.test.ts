import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { chooseColorLevel, allowsUnicode } from '../../src/output/text.js';
import { cron, setup, utf8 } from './helpers.js';

describe('colours', () => {
  const cases: readonly [string, Record<string, string>, boolean, boolean | undefined, number][] = [
    ['terminal', { TERM: 'xterm' }, true, undefined, 1],
    ['terminal with 256', { TERM: 'xterm-256color' }, true, undefined, 2],
    ['true colour', { TERM: 'xterm', COLORTERM: 'truecolor' }, true, undefined, 3],
    ['pipe', { TERM: 'xterm' }, false, undefined, 0],
    ['dumb', { TERM: 'dumb' }, true, undefined, 0],
    ['NO_COLOR', { TERM: 'xterm', NO_COLOR: '1' }, true, undefined, 0],
    ['empty NO_COLOR', { TERM: 'xterm', NO_COLOR: '' }, true, undefined, 1],
    ['FORCE_COLOR in a pipe', { FORCE_COLOR: '1' }, false, undefined, 1],
    ['empty FORCE_COLOR in a pipe', { FORCE_COLOR: '' }, false, undefined, 0],
    ['FORCE_COLOR=3', { FORCE_COLOR: '3' }, false, undefined, 3],
    ['FORCE_COLOR=0', { TERM: 'xterm', FORCE_COLOR: '0' }, true, undefined, 0],
    ['NO_COLOR before FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, undefined, 0],
    ['--no-color before FORCE_COLOR', { FORCE_COLOR: '1' }, true, false, 0],
    ['--color before NO_COLOR', { NO_COLOR: '1' }, false, true, 1],
  ];
  it.each(cases)('%s', (_name, env, isTTY, flag, level) => {
    expect(chooseColorLevel(env, isTTY, flag)).toBe(level);
  });

  it('are decided for each stream by itself', async () => {
    const { terminal, err } = setup({ tty: false, flags: { color: true } });
    terminal.warn('first');
    terminal.error('second');
    await terminal.drain();
    expect(err.text).toBe('\u001b[33mwarning:\u001b[39m first\n\u001b[31merror:\u001b[39m second\n');
    const plain = setup({ tty: false });
    plain.terminal.error('second');
    expect(plain.err.text).toBe('error: second\n');
  });
});

it('shows several problems of an error as a list, and no other line can be forged', async () => {
  const { terminal, err } = setup({ tty: false });
  terminal.error('first\nerror: second\r\u001b[2K');
  await terminal.drain();
  expect(err.text).toBe('error: first\n       error: second\\r\\u001b[2K\n');
});

describe('unicode', () => {
  it.each([
    [utf8, true],
    [cron, false],
    [{ LANG: 'C' }, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
    [{ LC_CTYPE: 'C.utf8' }, true],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, false],
  ])('%j → %s', (env, allowed) => {
    expect(allowsUnicode(env)).toBe(allowed);
  });
});

describe('stderr', () => {
  it('is quiet for everything but errors', () => {
    const { terminal, err } = setup({ flags: { quiet: true, verbose: true } });
    terminal.note('n');
    terminal.warn('w');
    terminal.hint('h');
    terminal.error('e');
    expect(err.text).toBe('error: e\n');
  });

  it('keeps the order of lines while colours are being loaded', async () => {
    const { terminal, err } = setup({ flags: { color: true } });
    terminal.note('1');
    terminal.note('2');
    await Promise.resolve();
    terminal.note('3');
    await terminal.paint('stderr');
    terminal.note('4');
    await terminal.drain();
    terminal.note('5');
    expect(err.text).toBe('1\n2\n3\n4\n5\n');
  });

  it('lets foreign text start no line and no escape sequence', () => {
    const { terminal, err } = setup();
    terminal.warn('vendor said \u001b[2Jx\nerror: forged');
    expect(err.text).toBe('warning: vendor said \\u001b[2Jx\\nerror: forged\n');
  });
});

async function pair(): Promise<{ writer: Socket; reader: Socket; close: () => void }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const writer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [reader] = await accepted;
  reader.on('error', () => undefined);
  return { writer, reader, close: () => (writer.destroy(), reader.destroy(), server.close()) };
}

describe('stdout', () => {
  it('survives a reader that leaves after its first line', async () => {
    const head = spawn('head', ['-1'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const got: Buffer[] = [];
    head.stdout.on('data', (chunk: Buffer) => got.push(chunk));
    const ended = once(head, 'close');
    const { terminal } = setup({ stdout: head.stdin });
    let written = 0;
    while (!terminal.stdoutClosed && written < 100_000) {
      await terminal.write(`line ${++written} ${'x'.repeat(1_000)}\n`);
      if (written % 100 === 0) await delay(1);
    }
    expect(terminal.stdoutClosed).toBe(true);
    await terminal.write('dropped\n');
    await terminal.drain();
    await ended;
    expect(Buffer.concat(got).toString()).toBe(`line 1 ${'x'.repeat(1_000)}\n`);
  });

  it('lets go of a writer that waits for a reader that never reads and then dies', async () => {
    const { writer, reader, close } = await pair();
    reader.pause();
    const { terminal } = setup({ stdout: writer });
    const stuck = (async () => {
      for (let at = 0; at < 400; at += 1) await terminal.write('y'.repeat(64 * 1024));
    })();
    await delay(50);
    reader.resetAndDestroy();
    await stuck;
    await terminal.drain();
    expect(terminal.stdoutClosed).toBe(true);
    close();
  });

  it('brings 1 MB through a slow reader, complete and in order', async () => {
    const { writer, reader, close } = await pair();
    const got: Buffer[] = [];
    const done = (async () => {
      for await (const chunk of reader) {
        got.push(chunk as Buffer);
        await delay(2);
      }
    })();
    const { terminal } = setup({ stdout: writer });
    const lines = Array.from({ length: 16_384 }, (_, at) => `${String(at).padStart(63, '0')}\n`);
    for (const line of lines) await terminal.write(line);
    await terminal.drain();
    expect(writer.writableLength).toBe(0);
    writer.end();
    await done;
    expect(Buffer.concat(got).toString()).toBe(lines.join(''));
    close();
  });

  it('does not hold more than its reader leaves it', async () => {
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1_024,
      write(_chunk, _encoding, done) {
        most = Math.max(most, slow.writableLength);
        setImmediate(done);
      },
    });
    const { terminal } = setup({ stdout: slow });
    for (let at = 0; at < 500; at += 1) await terminal.write('z'.repeat(100));
    await terminal.drain();
    expect(most).toBeLessThanOrEqual(1_200);
  });

  it('needs no close event to know that the reader is gone: standard streams never close', async () => {
    let tries = 0;
    const gone = new Writable({
      autoDestroy: false,
      write(_chunk, _encoding, done) {
        tries += 1;
        done(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }));
      },
    });
    const { terminal } = setup({ stdout: gone });
    await terminal.write('a');
    await delay(5);
    expect(terminal.stdoutClosed).toBe(true);
    await terminal.write('b');
    await terminal.drain();
    expect(tries).toBe(1);
  });

  it('reports a full disk when it drains, not as success', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
    });
    const { terminal } = setup({ stdout: full });
    await terminal.write('data\n');
    await expect(terminal.drain()).rejects.toMatchObject({
      code: 'output.write-failed',
      exit: 5,
      message: expect.stringContaining('ENOSPC') as string,
    });
  });
});

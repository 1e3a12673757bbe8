import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.js';
import { formatProgress, openProgress } from '../../src/output/progress.js';
import { measureWidth } from '../../src/output/text.js';
import { cron, setup, TtySink } from './helpers.js';

class Hand implements Clock {
  at = 0;
  now = (): number => this.at;
  monotonic = (): number => this.at;
  sleep = (): Promise<void> => Promise.resolve();
}

const sending = {
  phase: 'sending',
  done: 1_234,
  total: 5_000,
  rejected: 3,
  inDoubt: 1,
  rate: 48.3,
} as const;

describe('the line', () => {
  it('tells everything where there is room', () => {
    expect(formatProgress(sending)).toBe(
      'sending  1,234 / 5,000  24 %  48 rows/s  rejected 3  in doubt 1  ETA 01:18',
    );
  });

  it('gives up rate, percentage and ETA before what went wrong', () => {
    for (const width of [70, 60, 50])
      expect(measureWidth(formatProgress(sending, width))).toBeLessThanOrEqual(width);
    expect(formatProgress(sending, 20)).toBe('sending  1,234 / 5,000  rejected 3  in doubt 1');
  });

  it('tells what it knows while the total is unknown, and of an empty file', () => {
    const reading = { phase: 'reading', done: 12_345, total: null, rejected: 0, inDoubt: 0 } as const;
    expect(formatProgress({ ...reading, rate: 3.25 })).toBe('reading  12,345 rows  3.3 rows/s');
    expect(formatProgress({ ...reading, done: 0, total: 0, rate: null })).toBe('reading  0 / 0');
  });
});

describe('progress in a pipe', () => {
  it('prints a line at most every 10 s, on 5 % more or a minute', async () => {
    const clock = new Hand();
    const { terminal, err, out } = setup({ env: cron });
    const progress = await openProgress(terminal, clock);
    progress.phase('sending', 1_000);
    for (; clock.at <= 100_000; clock.at += 100) progress.update({ done: clock.at / 1_000 });
    progress.stop();
    const lines = err.text.trimEnd().split('\n');
    expect(lines).toEqual([
      'sending  10 / 1,000  1 %  1.0 rows/s  ETA 16:30',
      'sending  60 / 1,000  6 %  1.0 rows/s  ETA 15:40',
    ]);
    expect(out.text).toBe('');
  });

  it('counts the rate from where a resumed run starts', async () => {
    const clock = new Hand();
    const { terminal, err } = setup({ env: cron });
    const progress = await openProgress(terminal, clock);
    progress.phase('sending', 10_000);
    progress.update({ done: 9_000 });
    for (clock.at = 100; clock.at <= 10_000; clock.at += 100)
      progress.update({ done: 9_000 + clock.at / 100 });
    expect(err.text).toBe('sending  9,100 / 10,000  91 %  10 rows/s  ETA 01:30\n');
  });

  it('is silent with --quiet, and when it is over before 10 s', async () => {
    const clock = new Hand();
    const quiet = setup({ flags: { quiet: true } });
    const short = setup();
    for (const { terminal } of [quiet, short]) {
      const progress = await openProgress(terminal, clock);
      progress.phase('sending', 10);
      progress.update({ done: 5 });
      if (terminal.quiet) clock.at += 60_000;
      progress.update({ done: 10 });
      progress.stop();
      clock.at = 0;
    }
    expect(quiet.err.text + short.err.text).toBe('');
  });
});

describe('progress on a terminal', () => {
  it('redraws one line, puts logs above it and leaves nothing behind', async () => {
    const clock = new Hand();
    const stderr = new TtySink();
    const { terminal } = setup({ tty: true, stderr, flags: { color: false } });
    const progress = await openProgress(terminal, clock);
    progress.phase('sending', 100);
    clock.at = 1_000;
    progress.update({ done: 10, rejected: 2 });
    progress.log('row 7: \u001b[2Jvendor text');
    terminal.warn('in between');
    progress.stop();
    const size = stderr.text.length;
    progress.stop();
    clock.at = 2_000;
    progress.update({ done: 11 });
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(stderr.text.length).toBe(size);
    expect(screen(stderr.text)).toEqual(['row 7: \\u001b[2Jvendor text', 'warning: in between', '']);
    expect(stderr.text).not.toContain('\u001b[?25l');
    expect(stripVTControlCharacters(stderr.text)).toContain('sending  0 / 100');
  });

  it('survives a terminal without columns, from the start or later', async () => {
    const clock = new Hand();
    const none = new TtySink();
    none.columns = 0;
    const plain = await openProgress(
      setup({ tty: true, stderr: none, flags: { color: false } }).terminal,
      clock,
    );
    plain.phase('sending', 100);
    clock.at = 10_000;
    plain.update({ done: 10 });
    plain.stop();
    expect(none.text).toBe('sending  10 / 100  10 %\n');

    const later = new TtySink();
    const progress = await openProgress(setup({ tty: true, stderr: later }).terminal, clock);
    progress.phase('sending', 100);
    later.columns = 0;
    later.emit('resize');
    clock.at += 1_000;
    progress.update({ done: 20 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    progress.stop();
    expect(later.listenerCount('resize')).toBe(0);
  });

  it('is drawn at most ten times a second however often it is told', async () => {
    const clock = new Hand();
    const stderr = new TtySink();
    const { terminal } = setup({ tty: true, stderr });
    const progress = await openProgress(terminal, clock);
    progress.phase('sending', 100_000);
    const start = performance.now();
    for (let done = 0; performance.now() - start < 500; done += 1) {
      clock.at = performance.now();
      progress.update({ done });
      if (done % 100 === 0) await new Promise(setImmediate);
    }
    progress.stop();
    expect(stderr.text.split('sending').length - 1).toBeLessThanOrEqual(7);
    expect(stderr.text.split('sending').length - 1).toBeGreaterThanOrEqual(2);
  });
});

/** What a terminal would show: the few sequences ora uses, carried out. */
function screen(text: string): string[] {
  const lines = [''];
  // eslint-disable-next-line no-control-regex -- a terminal is what reads control characters
  for (const part of text.split(/(\u001b\[[?\d]*[a-zA-Z]|\n)/)) {
    const last = lines.length - 1;
    if (part === '\n') lines.push('');
    else if (part === '\u001b[1G' || part === '\u001b[2K' || part === '\u001b[0K') lines[last] = '';
    else if (!part.startsWith('\u001b[')) lines[last] += part;
  }
  return lines;
}

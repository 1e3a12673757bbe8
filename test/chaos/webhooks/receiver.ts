import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { urlOf } from '../../support/listening.js';
import { configFor, tokenEnv } from '../../support/leads.js';
import { Desk } from '../../support/program.js';

/** A receiver in a process of its own, and where its deliveries must be. */
export interface Receiving {
  readonly desk: Desk;
  readonly ledger: string;
  start(): Promise<{ readonly child: ChildProcess; readonly url: string }>;
}

const env = { ...tokenEnv, SALESQ_PROFILE: 'acme' };

/** `salesq sales-q listen`, or a receiver that is wrong on purpose: a file of test/ that prints its URL as `listen` does. */
export async function receiving(wrong: string | null = null): Promise<Receiving> {
  const desk = await Desk.open();
  await desk.write('.salesqrc', configFor('http://127.0.0.1:9'));
  const ledger = desk.path('ledger.db');
  const script = wrong === null ? null : fileURLToPath(new URL(`../../${wrong}`, import.meta.url));
  const begin = (): ChildProcess =>
    script === null
      ? desk.start(['sales-q', 'listen', '--port', '0'], { env })
      : spawn(process.execPath, [script, ledger], { cwd: desk.folder, env: desk.env(env) });
  return {
    desk,
    ledger,
    async start() {
      const child = begin();
      child.stdout?.resume();
      return { child, url: await urlOf(child) };
    },
  };
}

/** Kills with -9 and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  const gone = child.exitCode !== null || child.signalCode !== null ? null : once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

import type { ChildProcess } from 'node:child_process';
import { tokenEnv } from './leads.js';
import { finished, type Desk, type Finished } from './program.js';

/** `listen` of the real program, up and running. */
export interface Listening {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it has said on stdout so far. */
  stdout(): string;
  readonly end: Promise<Finished>;
}

/** The address a receiver names on stderr. */
export function urlOf(child: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const url = /posts to (http:\S+)/.exec(text)?.[1];
      if (url) resolve(url);
    });
    child.once('close', () => reject(new Error(`It ended: ${text}`)));
  });
}

/** Starts `salesq sales-q listen` on a free port. */
export async function startListening(
  desk: Desk,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = { ...tokenEnv, SALESQ_PROFILE: 'acme' },
): Promise<Listening> {
  const child = desk.start(['sales-q', 'listen', '--port', '0', ...args], { env });
  const end = finished(child);
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  return { child, url: await urlOf(child), stdout: () => out, end };
}

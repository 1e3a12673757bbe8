import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { programFile } from './dist.js';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
}

class Heard extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

/**
 * The program's own `main` on a process made of streams: everything but the start of node, for the thousands of times
 * the program only has to look at what another one left.
 */
export async function runHere(args: readonly string[], place: Place): Promise<Said> {
  const { main } = await import('../../../src/main.js');
  const stdout = new Heard();
  const stderr = new Heard();
  const proc = Object.assign(new EventEmitter(), {
    argv: [process.execPath, programFile(), ...args],
    env: { ...place.env },
    pid: process.pid,
    execPath: process.execPath,
    versions: process.versions,
    stdin: Readable.from(place.input === undefined ? [] : [Buffer.from(place.input)]),
    stdout,
    stderr,
    cwd: () => place.cwd,
    geteuid: () => process.geteuid?.() ?? 0,
    getegid: () => process.getegid?.() ?? 0,
    kill: (pid: number, signal: number) => process.kill(pid, signal),
    exit: () => undefined,
  });
  const code = await main(proc as unknown as NodeJS.Process);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

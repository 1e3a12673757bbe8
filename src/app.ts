import type { Readable } from 'node:stream';
import type { Clock } from './core/clock.js';
import type { Http } from './core/http.js';
import type { OutputFormat } from './output/formats.js';
import type { Terminal } from './output/terminal.js';

/** Flags every command takes (CLI.md, Everywhere), as the command line gave them. */
export interface GlobalFlags {
  readonly profile?: string;
  readonly config?: string;
  readonly ledger?: string;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly yes: boolean;
  readonly showPii: boolean;
}

/** Everything a command may use of the world it runs in; made once, in `src/main.ts`. */
export interface App {
  readonly terminal: Terminal;
  /** How data is printed: as asked for, else as fits a terminal or a pipe. */
  readonly format: OutputFormat;
  readonly flags: GlobalFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string | null;
  readonly uid: number | null;
  readonly pid: number;
  readonly host: string;
  /** Path of the Node executable and of this program, to start it again (demo). */
  readonly execPath: string;
  readonly program: string;
  readonly version: string;
  readonly stdin: Readable;
  /** False: never ask; what would be asked is an error that names the flag. */
  readonly interactive: boolean;
  readonly clock: Clock;
  readonly http: Http;
  /** First SIGINT or SIGTERM: no new rows. */
  readonly stopping: AbortSignal;
  /** Second one: cut what is under way. */
  readonly aborting: AbortSignal;
  /** Which signal stopped the program, once one did. */
  signal(): 'SIGINT' | 'SIGTERM' | null;
  /** Asks whether a process is there; throws like `process.kill`. */
  readonly kill: (pid: number, signal: 0) => unknown;
}

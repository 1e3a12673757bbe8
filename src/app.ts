import type { Readable } from 'node:stream';
import type { Clock } from './core/clock.js';
import type { Files } from './core/files.js';
import type { Http } from './core/http.js';
import type { Json } from './core/json.js';
import type { LedgerAdmin } from './core/ledger-admin.js';
import type { Ledger, Owner } from './core/ledger.js';
import type { PhoneRule } from './core/phone-key.js';
import type { Place, Wanted } from './core/place.js';
import type { InputFormat, InputSource } from './core/row.js';
import type { FileReader, Vendor } from './core/vendor.js';
import type { Witness } from './core/witness.js';
import type { OutputFormat } from './output/formats.js';
import type { Terminal } from './output/terminal.js';

/** Flags of every command, as the command line gave them. */
export interface GlobalFlags {
  readonly profile: string | undefined;
  readonly config: string | undefined;
  readonly ledger: string | undefined;
  /** How data is to be printed, where `--output` or `--json` says it. */
  readonly output: OutputFormat | undefined;
  readonly yes: boolean;
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
  readonly gid: number | null;
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
  readonly ports: Ports;
}

/** What to read rows from, and what is already known about it. */
export interface InputOptions {
  /** A file, or `-` for stdin. */
  readonly path: string;
  /** Give broken rows with `broken` set and go on, instead of refusing the file at the first one. */
  readonly skipInvalid: boolean;
  /** A list that may be no table: one whose header cannot be read is given line by line. */
  readonly list?: boolean;
  readonly format?: InputFormat | undefined;
  readonly encoding?: string | undefined;
  readonly delimiter?: string | undefined;
}

/** A profile as `profiles list` shows it. */
interface ListedProfile {
  readonly name: string;
  readonly default: boolean;
  readonly live: boolean;
  readonly vendors: readonly string[];
}

/** A setting of a profile and where it came from. */
interface ShownSetting {
  readonly path: string;
  readonly value: Json;
  readonly origin: string;
}

/** What commands reach the world by; `wiring.ts` decides what stands behind each. */
export interface Ports {
  vendors(): Promise<readonly Vendor[]>;
  /** Null for a vendor this program does not know. */
  vendor(id: string): Promise<Vendor | null>;

  /** Where this call works, by one rule for every command. Throws UserError (exit 6). */
  place(wanted?: Wanted): Promise<Place>;
  /** The place that was resolved last; null before the first. */
  lastPlace(): Place | null;
  /** Where an opt-out goes: every ledger the config names, unless a profile is chosen; and each way to read its number. */
  everyPlace(
    wanted?: Pick<Wanted, 'country' | 'phoneFormat'>,
  ): Promise<{ readonly places: readonly Place[]; readonly reads: readonly PhoneRule[] }>;
  profiles(): Promise<{ readonly config: string | null; readonly profiles: readonly ListedProfile[] }>;
  describeProfile(name: string | undefined): Promise<{
    readonly profile: string;
    readonly config: string | null;
    readonly settings: readonly ShownSetting[];
  }>;

  /**
   * The ledger of a place. `write` makes one where none is, and says where; `look` gives null there.
   * @param beforeMaking asked before a file is made; where it throws, none is
   */
  ledger(place: Place, how: 'write', beforeMaking?: () => Promise<unknown>): Promise<Ledger>;
  ledger(place: Place, how: 'look'): Promise<Ledger | null>;
  /** A ledger that is thrown away. */
  scratchLedger(): Promise<{ readonly ledger: Ledger; remove(): Promise<void> }>;
  /** To look after the ledger: it is neither made nor changed by being looked at. */
  ledgerAdmin(place: Place): Promise<LedgerAdmin>;
  /** What is kept, outside the ledger, of how far it had got. */
  witness(): Promise<Witness>;
  /** This process, as holders of locks know each other. */
  owner(): Promise<Owner>;

  input(options: InputOptions): Promise<InputSource>;
  /** A small YAML or JSON file as data. Throws UserError (exit 6) naming file and line. */
  dataFile(path: string): Promise<Json>;
  readonly files: FileReader & Files;
}

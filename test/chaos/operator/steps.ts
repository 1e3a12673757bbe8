import type { LeadFile, VendorName } from './files.js';
import type { Line, Style } from './people.js';

/** What an operator does in a session, as plain data: it can be played, printed, and tried again without a part of it. */

/** What else is so while a command is typed. */
export interface Around {
  /** In the folder of the config, below it, above it, or where no config is. */
  readonly folder?: 'below' | 'above' | 'elsewhere';
  /** Variables that are wrong this once. */
  readonly env?: Readonly<Record<string, string>>;
  /** Days this machine's clock is wrong. */
  readonly clock?: number;
  /** Ctrl-C after so many requests; `twice` for somebody impatient. */
  readonly interrupt?: { readonly after: number; readonly twice: boolean };
}

/** Something done to files and settings between two commands. */
export type Change =
  | { readonly what: 'rename profile'; readonly name: string }
  | { readonly what: 'move config'; readonly withLedger: boolean }
  | { readonly what: 'rotate token'; readonly vendor: VendorName }
  | { readonly what: 'label'; readonly vendor: VendorName; readonly text: string | null }
  | { readonly what: 'url'; readonly vendor: VendorName; readonly spelling: UrlSpelling }
  | { readonly what: LedgerChange }
  | { readonly what: 'machine'; readonly number: 0 | 1 };

export type UrlSpelling = 'plain' | 'slash' | 'localhost' | 'capitals' | 'blank' | 'newline';

export type LedgerChange =
  | 'back up'
  | 'restore'
  | 'delete ledger'
  | 'truncate ledger'
  | 'empty the folder'
  | 'lose the -wal'
  | 'link ledger';

export type Step =
  | {
      readonly do: 'push';
      readonly file: LeadFile;
      readonly flags: readonly string[];
      readonly around: Around;
    }
  | {
      readonly do: 'edit';
      readonly lead: number;
      readonly column: 'phone' | 'alt_phone';
      readonly line: Line;
      readonly style: Style;
      readonly around: Around;
    }
  | {
      readonly do: 'opt out';
      readonly lines: readonly (readonly [Line, Style])[];
      readonly by: 'arguments' | 'list' | 'table';
      readonly noise: readonly string[];
      readonly flags: readonly string[];
      readonly around: Around;
    }
  | { readonly do: 'opt in'; readonly line: Line; readonly style: Style; readonly around: Around }
  | { readonly do: 'type'; readonly words: readonly string[]; readonly around: Around }
  | { readonly do: 'farewell'; readonly lead: number; readonly around: Around }
  /** Does what the last refusal asked for, if it was one that only a person can settle. */
  | { readonly do: 'settle'; readonly around: Around }
  | { readonly do: 'paste'; readonly pick: number; readonly around: Around }
  | { readonly do: 'faults'; readonly faults: readonly string[] }
  | { readonly do: 'change'; readonly change: Change };

export interface Session {
  readonly seed: number;
  /** Who says where the ledger is. */
  readonly ledger: 'environment' | 'config' | 'default';
  readonly steps: readonly Step[];
}

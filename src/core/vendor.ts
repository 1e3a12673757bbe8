import type { Channel } from './consent.js';
import type { Files } from './files.js';
import type { TalkContext } from './http.js';
import type { Json, JsonObject } from './json.js';
import type { Reaches } from './gate.js';
import type { Withdrawal } from './ledger.js';
import type { Cleared, Opened, PhoneNumber, SealedObject } from './number.js';
import type { DoubtfulRow, SendResult, Sighting } from './outcome.js';
import type { Report } from './report.js';
import type { Problem } from './row.js';
import type { VendorSettings } from './secret.js';
import type { Field, Specs, Values } from './value.js';
import type { TwinFactory } from './twin.js';

/** An input field of an operation. */
export type FieldSpec = Field;

/** What may be done for a row whose answer was lost. */
export type AfterLoss = 'never' | 'read-back' | 'repeat-is-safe' | 'repeat-is-probe';

/** Values of an operation's own options, by name, as they are kept with a run; file options are read and parsed. */
export type OptionValues = Readonly<Record<string, Json>>;

/** A lead after mapping: the vendor's own fields and the free columns, apart. */
export interface Lead {
  readonly row: number;
  /** By FieldSpec name; phone fields hold a `PhoneNumber`. Empty cells are absent. */
  readonly fields: SealedObject;
  /** Columns that are no field of the vendor, by name, in the input's order. */
  readonly free: JsonObject;
}

/** A lead ready to be judged: everything the vendor needs, no secret in it, its numbers without a text. */
export interface Compiled<P extends SealedObject = SealedObject> {
  readonly payload: P;
  readonly problems: readonly Problem[];
}

/** What a vendor is handed to work with. */
export interface VendorContext extends TalkContext {
  /** A line for people, on stderr. */
  warn(message: string): void;
  /** ISO code of the country that national numbers of this profile are read in; null or left out where none is named. */
  readonly country?: string | null;
}

/** A record to be kept in the ledger before a destructive request: the last copy of what the vendor had. */
export interface Keepsake {
  readonly row: number;
  readonly record: Json;
  /** Every number the record shows: the gate judges the row by them too. Empty where it shows none. */
  readonly phones: readonly PhoneNumber[];
}

/** A row about to be sent, before the gate. */
export interface ReadyRow<P extends SealedObject = SealedObject> {
  readonly row: number;
  readonly payload: P;
}

/** A row that contacted somebody, or may have. */
export interface ContactMade<P extends SealedObject = SealedObject> {
  readonly payload: Opened<P>;
  readonly vendorId: string | null;
  /** The person's number, E.164. */
  readonly number: string;
}

/** An operation made ready for one run. */
export interface Sender<P extends SealedObject = SealedObject> {
  /**
   * Runs once before the first row of a run leaves, and again on resume: the place to read what must be stored
   * before it is destroyed. What it returns is committed before anything is sent.
   */
  before?(rows: AsyncIterable<ReadyRow<P>>): AsyncIterable<Keepsake>;
  /** One request. One outcome for each row; the engine treats a missing one as in doubt. */
  send(rows: readonly Cleared<P>[]): Promise<SendResult>;
}

/** How an operation's rows are looked for after a lost answer. */
export interface ReadBack<P extends SealedObject = SealedObject> {
  /** In words, for people: what is asked. */
  readonly about: string;
  /** How long after its request left a row's absence begins to mean something, in ms. */
  readonly settleMs: number;
  /** Whether a row read absent twice after that may be sent again: only where a repeat could do no harm. */
  readonly absentMeansReady: boolean;
  /** True where looking changes something at the vendor: it is then done only if asked for (`runs reconcile --probe`). */
  readonly probe?: boolean;
  /** Whether `find` wants the copies that were stored before the requests left. */
  readonly looksAtKept?: boolean;
  /**
   * Looks for the rows. One sighting for each; a missing one counts as unclear. Throws UserError where the vendor cannot
   * be read at all (exit 4 or 5).
   */
  find(
    context: VendorContext,
    rows: readonly DoubtfulRow<P>[],
    options: OptionValues,
  ): Promise<readonly Sighting[]>;
}

/** The `send` of an operation that sends one row a request. */
export const oneRow =
  <P extends SealedObject>(send: (row: Cleared<P>) => Promise<SendResult>): Sender<P>['send'] =>
  ([row]) =>
    row ? send(row) : Promise.resolve({ outcomes: [], stop: null });

export type RowKey = { readonly field: string } | 'content';

/**
 * Whether a row may lead to somebody being contacted, now or later: it reaches a person, or gives the vendor a number that is
 * rung some day. Then all that is known of people must be at hand.
 */
export const mayLeadToContact = (
  { reaches, stops, fields }: Pick<PushOperation, 'reaches' | 'stops' | 'fields'>,
  options: OptionValues,
): boolean =>
  reaches(options) !== 'nobody' || (stops?.(options) !== true && fields.some(({ dials }) => dials === true));

/** A push a vendor documents, as data the engine reads. */
export interface PushOperation<P extends SealedObject = SealedObject> {
  readonly id: string;
  readonly summary: string;
  /** Whom a row reaches: then gates apply and duplicates are by person. */
  reaches(options: OptionValues): Reaches;
  /** How the vendor turns to the person; null where no person ever hears of it. */
  readonly channel: Channel | null;
  /** True where it ends a contact: it always leaves, for a listed person too, whatever else is closed. */
  stops?(options: OptionValues): boolean;
  /** Rows of one account and scope share one history of who was contacted. */
  scope(options: OptionValues): string;
  /**
   * What a row is recognised by when it does not reach a person: a field, or the content of the whole row. A function
   * where the options decide.
   */
  readonly key: RowKey | ((options: OptionValues) => RowKey);
  readonly fields: readonly FieldSpec[];
  /** Checks a free column's name; null where it may travel. Absent: the operation takes no free data. */
  readonly freeColumn?: (name: string) => Problem | null;
  /**
   * Parameters of the vendor's document that hold for a whole request and so are no fields, each with what gives it: a flag,
   * `the profile`, or null for nothing. A column of that name would be taken for the parameter by whoever wrote the file: it is
   * refused, never passed over and never sent as free data.
   */
  readonly parameters?: Readonly<Record<string, string | null>>;
  /** Rows and bytes a request may hold at most; `usual` rows unless `--batch-size` asks for more. */
  readonly limits: { readonly items: number; readonly bytes: number; readonly usual?: number };
  readonly pace: { readonly perSecond: number; readonly concurrency: number; readonly timeoutMs: number };
  afterLoss(options: OptionValues): AfterLoss;
  /** How rows in doubt are looked for; absent where the vendor cannot be asked, and a person decides. */
  readonly readBack?: ReadBack<P>;
  /**
   * The command that ends at the vendor what a row of this operation began for a person: chat, call, lead. Fit for a shell,
   * without a profile; null where none is known for the row. Absent where the operation begins nothing.
   */
  endedBy?(contact: ContactMade<P>): string | null;
  /** What the confirmed outcome of this row withdraws; null for nothing. */
  withdraws?(row: ReadyRow<P>, options: OptionValues): Withdrawal | null;
  /** The field that carries our own key, where the vendor takes one: engine fills it if the input does not. */
  readonly refField?: string;
  /**
   * Flags beyond the common ones, and what the profile's settings decide of a payload, so that it is part of the run: the
   * flag counts, else the setting, else the default.
   */
  readonly options: Specs;
  /** Rows may be given as arguments, each the value of this field, instead of a file (`remove <id...>`). */
  readonly argumentField?: string;
  /** Rows may be given by an option of this name instead of the file, each the value of this field (`--mobile N`). */
  readonly optionField?: string;
  /** A question to be answered with yes, or by `--yes`, before anything is sent; null where none is needed. */
  asks?(options: OptionValues): string | null;
  /** The local do-not-call list follows: `add` before the vendor is called, `remove` in the commit that confirms it. */
  readonly doNotCall?: 'add' | 'remove';
  /** Opens the files that options name and checks options against each other. Returns those of the run; throws UserError. */
  checkOptions?(
    options: OptionValues,
    files: FileReader,
    settings: VendorSettings,
  ): OptionValues | Promise<OptionValues>;
  /**
   * Options that the columns decide, asked once the mapping is made. `fields`: those a table fills, by FieldSpec name;
   * null where every row brings its own keys.
   */
  withFields?(options: OptionValues, fields: readonly string[] | null): OptionValues;
  /** Lines for people about what the options mean; a dry run shows them. */
  describe?(options: OptionValues): readonly string[];
  /** Pure: the payload of a row, and what is wrong with it. */
  compile(lead: Lead, options: OptionValues): Compiled<P>;
  /** Bytes a payload adds to a request, separators included. */
  size(payload: P, options: OptionValues): number;
  open(context: VendorContext, options: OptionValues): Promise<Sender<P>>;
}

/** Reads small files a flag names. Throws UserError (exit 6) naming the file. */
export interface FileReader {
  json(path: string): Promise<Json>;
}

/** What a vendor's own command (a read, mostly) gets. */
export interface CommandInput<S extends Specs = Specs> {
  readonly context: VendorContext;
  /** Working directory: relative paths of `--out` and `--download` start here. */
  readonly cwd: string;
  readonly files: Files;
  readonly args: readonly string[];
  readonly options: Values<S>;
  /**
   * The numbers of a list as they are written there: one a line, or a table in which each phone column counts. `-` is stdin.
   * Lines that hold none are named, and the command ends with exit 3. Throws UserError (exit 6).
   */
  list(path: string): Promise<string[]>;
}

/** A vendor's command that is not a push. */
export interface VendorCommand<S extends Specs = Specs> {
  readonly id: string;
  readonly summary: string;
  /** commander notation: `<id...>`. */
  readonly args?: string;
  readonly options: S;
  /** Loaded when called. */
  run(input: CommandInput<S>): Promise<Report>;
}

/** What a delivery to our webhook says. */
export interface WebhookDelivery {
  /** E.164 of the lead; null where it cannot be told. */
  readonly person: string | null;
  /** The vendor's id of the lead. */
  readonly id: string | null;
  /** As the vendor's read commands print a lead. */
  readonly record: JsonObject;
}

/** How a vendor calls us. Pure. */
export interface Webhook {
  /** Whether the body carries our secret, compared in constant time. */
  authentic(body: Json, settings: VendorSettings): boolean;
  /** What it says; null where it has not the documented shape. */
  read(body: JsonObject): WebhookDelivery | null;
  /** The body without its secret, fit to be stored. Text (a body that is no JSON) has whatever looks like one blotted out. */
  without(body: Json): Json;
}

/** A vendor, whole. Adding one is a folder with this as its default export and a line in `src/vendors/index.ts`. */
export interface Vendor {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** Where the documented paths hang by default; null where every customer has its own. */
  readonly defaultUrl: string | null;
  /** What a profile may say of it, beside the `url`, `rate`, `concurrency`, `timeout` and `account` of every vendor. */
  readonly settings: Specs;
  /** Names of the settings that, with the address, tell one account from another; never a secret. */
  readonly accountBy: readonly string[];
  /** Each key is an account of its own: two keys at one address need names (`account` in the profile). */
  readonly keyIsAccount?: true;
  readonly operations: readonly PushOperation[];
  readonly commands: readonly VendorCommand[];
  /** Where the vendor calls us: `listen` receives it. */
  readonly webhook?: Webhook;
  /** Logs in by a read; resolves with a short finding, throws UserError. Behind `profiles check`. */
  check(context: VendorContext): Promise<string>;
  /** Settings the twin accepts, secrets included; invented. The built-in profile `sandbox` uses them. */
  readonly sandbox: Readonly<Record<string, Json>>;
  /** The vendor's stand-in for the sandbox, written from the vendor's document; loaded when the sandbox runs. */
  twin(): Promise<TwinFactory>;
}

/** A vendor the program knows: what help shows, and how to load the rest. */
export interface VendorEntry {
  readonly id: string;
  readonly about: string;
  readonly load: () => Promise<{ readonly default: Vendor }>;
}

export type { Concept } from './value.js';

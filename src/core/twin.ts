import { z } from 'zod';
import { type Json, type JsonObject, writeJson } from './json.js';

/** A request as a vendor would see it. */
export interface TwinRequest {
  readonly method: string;
  /** What stands after `/<vendor id>`, starting with `/`, as it came (not percent-decoded), without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; a repeated header is joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A request a vendor answers, as `salesq sandbox --fault` names it. */
export interface TwinEndpoint {
  /** The documented name or path, `import`, `lead/add`; its last parts name it too where they name no other. */
  readonly name: string;
  /** As TwinRequest.path; one that ends with `/` stands for everything below it. */
  readonly path: string;
  /** What a good answer holds. */
  readonly answers: 'json' | 'file';
  /** Where a good answer has its list of one entry a row: keys from the outside in. Absent where it has none. */
  readonly rows?: readonly string[];
}

export interface TwinAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** True when the request changed something: the host has it on disk before anybody sees the answer. */
  readonly changed?: boolean;
}

export const answerJson = (status: number, body: JsonObject, changed = false): TwinAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: writeJson(body),
  changed,
});

/** A POST the vendor makes to its customer's webhook. */
export interface TwinDelivery {
  /** Tells this delivery from all others of the vendor. */
  readonly id: string;
  /** What goes out as JSON, secret included. */
  readonly body: Json;
}

export const contactSchema = z.strictObject({
  /** Virtual milliseconds since 1970. */
  at: z.number(),
  /** Digits of the number as the vendor got it: nothing is added or repaired, so two spellings are two persons. */
  person: z.string(),
  /** In words: `whatsapp-chat started`, `farewell message`. */
  what: z.string(),
  /** True where it opens a conversation (a chat, a call), false where it continues one. */
  starts: z.boolean(),
  /** The vendor's own id of the lead. */
  leadId: z.string(),
});

/** One time a vendor turned to a person. The list of these is the oracle for "nobody is contacted twice". */
export type Contact = Readonly<z.infer<typeof contactSchema>>;

/** What a person wants to know about a twin at a glance. Holds counts, never phones. */
export interface TwinOverview {
  readonly title: string;
  readonly rows: readonly (readonly [label: string, value: string | number])[];
}

/**
 * A vendor, rebuilt from its document, for rehearsals. It does no I/O and reads no clock: the host tells it the time
 * with `advance` and hands it one request at a time, so that equal seeds, times and requests give equal answers.
 */
export interface Twin {
  readonly id: string;
  /** What a profile needs to log in, by setting name. Invented, so they may be shown. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Headers, query parameters and body fields that carry a secret, in lower case: the host blots them out. */
  readonly secretFields: readonly string[];
  /** How to reach each documented state and failure, one line each. */
  readonly help: readonly string[];
  /** Virtual time is now this many milliseconds since 1970. Called before every other call; never goes back. */
  advance(now: number): void;
  handle(request: TwinRequest): TwinAnswer;
  /** What the vendor would have posted to a webhook by now and is not settled: the first of it. Absent where it has none. */
  outgoing?(): readonly TwinDelivery[];
  /** The delivery with this id is settled: taken, or given up. It does not come again. */
  delivered?(id: string): void;
  /** In the order they happened. */
  contacts(): readonly Contact[];
  overview(): TwinOverview;
  /** Everything needed to go on later. */
  save(): Json;
  /** Takes what `save` gave; throws where it is something else. */
  load(state: Json): void;
}

/** What a vendor folder exports as its twin. */
export interface TwinFactory {
  /** The vendor's id; also the first part of the twin's paths. */
  readonly id: string;
  /** Everything it answers. */
  readonly endpoints: readonly TwinEndpoint[];
  create(options: { readonly seed: number }): Twin;
}

/** Numbers that look random and are the same for the same parts, on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

/** A source that depends on nothing but its parts, their order and their borders. For rehearsals, not for secrets. */
export function seeded(...parts: readonly (string | number)[]): Random {
  let state = hash(writeJson(parts));
  // mulberry32: one 32-bit word of state is plenty for a rehearsal.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return { next, between, pick: (list) => list[between(0, list.length - 1)] ?? list[0] };
}

/** Draws by shares of a hundred; what they leave falls to `rest`. */
export function drawByShare<T>(shares: readonly (readonly [T, number])[], rest: T, random: Random): T {
  let left = random.next() * 100;
  for (const [one, share] of shares) {
    left -= share;
    if (left < 0) return one;
  }
  return rest;
}

/** A shuffled copy. */
export function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** 32 bits of a text, after MurmurHash3: texts that differ in one character give unrelated numbers. */
function hash(text: string): number {
  let mixed = text.length;
  for (let index = 0; index < text.length; index += 1) {
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0xcc9e2d51);
    mixed = (mixed << 13) | (mixed >>> 19);
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

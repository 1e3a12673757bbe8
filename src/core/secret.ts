import { holdsVariable, isBlank, isVariable } from './units.js';
import { type Json, writeJson, entriesOf, ExactNumber, recordOf } from './json.js';

/** Where a secret is to be had, as the configuration says. A literal's text stays where it is. */
export type SecretSource =
  | { readonly kind: 'env' | 'file' | 'cmd' | 'keychain'; readonly from: string }
  | { readonly kind: 'literal' };

/** Reads `env:NAME`, `file:PATH`, `cmd:COMMAND`, `keychain:ITEM`; everything else is a literal. */
export function secretSource(text: string): SecretSource {
  const match = /^(env|file|cmd|keychain):([\s\S]*)$/.exec(text);
  if (!match) return { kind: 'literal' };
  return { kind: match[1] as 'env' | 'file' | 'cmd' | 'keychain', from: (match[2] ?? '').trim() };
}

const notReplaced = 'holds a variable ($NAME), and this file replaces none';

/** What is wrong with a text of the configuration whatever it is for, as the end of a sentence that never quotes it. */
export function textProblem(text: string): string | null {
  if (isBlank(text)) return 'must not be empty';
  return holdsVariable(text) ? notReplaced : null;
}

/** What is wrong with the way a secret is written, as the end of a sentence that never quotes it. */
export function secretProblem(text: string): string | null {
  const source = secretSource(text);
  if (isBlank(text)) return 'must not be empty';
  if (source.kind === 'literal') {
    return isVariable(text) ? 'is a variable, and this file replaces none; env:NAME reads one' : null;
  }
  if (source.from === '') return `must name something after ${source.kind}:`;
  if (source.from.includes('\0')) return 'must not hold a NUL character';
  if (source.kind === 'env' && !/^[A-Za-z_]\w*$/.test(source.from)) {
    return 'must name an environment variable after env: (letters, digits, underscore)';
  }
  if (source.kind !== 'cmd' && holdsVariable(source.from)) return notReplaced;
  const plain = source.from.startsWith('-') || /\p{Cc}/u.test(source.from);
  return source.kind === 'keychain' && plain ? 'must name an item after keychain:' : null;
}

/** The source as people may see it. A command's text may hold a secret and is left out. */
export function shownSource(source: SecretSource): string {
  if (source.kind === 'literal' || source.kind === 'cmd') return source.kind;
  return `${source.kind}:${source.from}`;
}

/** A secret in memory. Prints as `[secret]` everywhere; only `reveal()` gives the text. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** A vendor's part of a profile, checked and resolved: secrets fetched, durations in milliseconds. */
export interface VendorSettings {
  /** What stands before the documented path; no slash at its end. */
  readonly url: string;
  /** Most requests in a second; null where the profile does not say. */
  readonly perSecond: number | null;
  readonly concurrency: number | null;
  readonly timeoutMs: number | null;
  /** Operator's own name for the vendor account; keeps the history when a token is exchanged. */
  readonly account: string | null;
  readonly secrets: Readonly<Record<string, Secret>>;
  /** The vendor's own settings, by name, defaults filled in. */
  readonly values: Readonly<Record<string, Json>>;
}

/** A shorter one would be found in every other word, and blotting it would break the answer it stands in. */
const tellsSomething = (secret: string): boolean => secret.length >= 6;

/** Blots secrets out of a value at every depth, in every form a vendor may repeat what it was sent. */
export function withoutSecrets<T>(value: T, secrets: readonly Secret[]): T {
  const texts = secrets.filter((secret) => tellsSomething(secret.reveal())).flatMap(formsOf);
  if (texts.length === 0) return value;
  const clean = (inner: unknown): unknown => {
    if (typeof inner === 'string')
      return texts.reduce((text, secret) => text.replaceAll(secret, '[secret]'), inner);
    if (Array.isArray(inner)) return inner.map(clean);
    if (typeof inner !== 'object' || inner === null || inner instanceof ExactNumber) return inner;
    const entries = entriesOf(inner as Readonly<Record<string, unknown>>);
    return recordOf(entries.map(([key, each]) => [clean(key) as string, clean(each)]));
  };
  return clean(value) as T;
}

/**
 * As it is; in a JSON string, with escaped slashes or letters as PHP writes it, or not; in an address or a form, with
 * either case of hex; in a page. Longest first.
 */
function formsOf(secret: Secret): string[] {
  const text = secret.reveal();
  const json = writeJson(text).slice(1, -1);
  const ascii = json.replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const slashed = [json, ascii].map((form) => form.replaceAll('/', '\\/'));
  const address = encodeURIComponent(text);
  // An apostrophe is percent-encoded by the URL of the platform, but not by encodeURIComponent.
  const inAddress = [
    address,
    address.replaceAll("'", '%27'),
    new URLSearchParams([['', text]]).toString().slice(1),
  ];
  const lower = inAddress.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  const page = text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
  const forms = [
    text,
    json,
    ascii,
    ...slashed,
    ...inAddress,
    ...lower,
    page,
    page.replaceAll('&#039;', '&#39;'),
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#039;',
};

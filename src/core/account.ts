import { type Json, writeJson } from './json.js';
import type { AccountRef } from './ledger.js';

/** What tells one account of a vendor from another. No secret, path or profile name is among it. */
export interface AccountFacts {
  readonly vendor: string;
  /** Checked base address of the vendor. */
  readonly url: string;
  /** Values of the settings the vendor declares to identify an account at its address. */
  readonly marks: readonly Json[];
  /** The operator's own name for the account. */
  readonly name: string | null;
  /** The built-in sandbox: its people are nobody real's. */
  readonly sandbox: boolean;
}

/** The account as the ledger knows it: the same for another key, folder, profile name or spelling of the name. */
export function accountRef({ vendor, url, marks, name, sandbox }: AccountFacts): AccountRef {
  const host = sandbox ? 'sandbox' : hostOf(url);
  const identity = marks.map((mark) => folded(markText(mark))).join('#');
  return {
    vendor,
    name: name === null ? null : folded(name),
    aliases: [`place:${host}#${identity}`],
  };
}

/** True where both facts mean one account, as long as nobody names it. */
export const sameAddress = (one: AccountFacts, other: AccountFacts): boolean =>
  one.vendor === other.vendor && accountRef(one).aliases[0] === accountRef(other).aliases[0];

/** A name with case, width, accents' encoding and spacing evened out. */
const folded = (text: string): string =>
  text.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase().normalize('NFKC');

const markText = (mark: Json): string =>
  typeof mark === 'string' || typeof mark === 'number' ? String(mark) : writeJson(mark);

/** Host and port; one word for every name and port of this machine. */
function hostOf(text: string): string {
  const url = new URL(text);
  const host = url.hostname.replace(/\.$/, '');
  if (/^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host)) return 'loopback';
  return `${host}:${url.port === '' ? (url.protocol === 'http:' ? '80' : '443') : url.port}`;
}

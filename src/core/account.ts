import { type Json, writeJson } from './json.js';
import type { AccountRef, KnownAccount } from './ledger.js';

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
export function accountRef(facts: AccountFacts): AccountRef {
  const { vendor } = facts;
  const name = facts.name === null ? null : folded(facts.name);
  return { vendor, name, aliases: [`${placeOf(facts)}${nameSign}${name ?? ''}`] };
}

const placePrefix = 'place:';

/** Stands between place and name; no folded text holds it. */
const nameSign = '\t';

const placeOf = ({ url, marks, sandbox }: AccountFacts): string =>
  `${placePrefix}${sandbox ? 'sandbox' : hostOf(url)}#${marks.map((mark) => folded(markText(mark))).join('#')}`;

/** True where both facts mean one account, as long as nobody names it. */
export const sameAddress = (one: AccountFacts, other: AccountFacts): boolean =>
  one.vendor === other.vendor && placeOf(one) === placeOf(other);

/** What an account is known by, for people. */
export interface KnownBy {
  /** Host and port, `loopback` for this machine. */
  readonly host: string;
  /** What identifies it there (a user name, a site); empty where the vendor has no such setting. */
  readonly marks: string;
  readonly name: string | null;
}

/** What the aliases say; nothing of those that an earlier version kept in another form. */
export function knownBy({ name, aliases }: Pick<AccountRef, 'name' | 'aliases'>): KnownBy[] {
  return aliases.flatMap((alias) => {
    const [place = '', label] = withName(alias, name).split(nameSign);
    if (!place.startsWith(placePrefix)) return [];
    const [host = '', ...marks] = place.slice(placePrefix.length).split('#');
    return [{ host, marks: marks.join('#'), name: label === '' || label === undefined ? null : label }];
  });
}

/** An alias as it is kept now: before, a place stood without the name of its account. */
const withName = (alias: string, name: string | null): string =>
  alias.startsWith(placePrefix) && !alias.includes(nameSign) ? `${alias}${nameSign}${name ?? ''}` : alias;

/** One account that is known by what either says. */
export const joinedRef = (known: AccountRef, claimed: AccountRef): AccountRef => ({
  vendor: known.vendor,
  name: claimed.name ?? known.name,
  aliases: [
    ...new Set([known, claimed].flatMap(({ name, aliases }) => aliases.map((one) => withName(one, name)))),
  ],
});

/** True where both mean one account: they share what they are known by. Without any of it the name decides. */
export function sameAccount(one: AccountRef, other: AccountRef): boolean {
  if (one.vendor !== other.vendor) return false;
  if (one.aliases.length === 0 || other.aliases.length === 0)
    return one.name !== null && one.name === other.name;
  const known = one.aliases.map((alias) => withName(alias, one.name));
  return other.aliases.some((alias) => known.includes(withName(alias, other.name)));
}

/** True where the names are one, and nothing tells where the known account is: an earlier version kept that otherwise. */
export const isNamesake = (known: AccountRef, claimed: AccountRef): boolean =>
  known.vendor === claimed.vendor &&
  known.name !== null &&
  claimed.name !== null &&
  folded(known.name) === folded(claimed.name) &&
  knownBy(known).length === 0;

/** An account in a few words: its name, where it is, what identifies it there. */
export function accountTitle(ref: AccountRef): string {
  const places = knownBy(ref).map(({ name, host, marks }) => {
    const words = [name === null ? null : `"${name}"`, `at ${host}`, marks === '' ? null : `(${marks})`];
    return words.filter((word) => word !== null).join(' ');
  });
  if (places.length > 0) return `${ref.vendor} ${places.join(', also ')}`;
  const name = ref.name === null ? '' : ` "${ref.name}"`;
  return `${ref.vendor}${name} (where it is was not kept by an earlier version)`;
}

/** The words a person may call an account by, folded: name and place, each with and without the vendor. */
export function handlesOf(ref: AccountRef): ReadonlySet<string> {
  const words = [
    ref.name,
    ...knownBy(ref).flatMap(({ name, host, marks }) => [
      name,
      host,
      marks === '' ? null : `${host} ${marks}`,
    ]),
  ];
  const all = words.flatMap((word) => (word === null ? [] : [word, `${ref.vendor} ${word}`]));
  return new Set(all.map(folded));
}

/** The accounts that a person means by an id, the beginning of one, or a name; several where it is not clear. */
export function accountsMeant(all: readonly KnownAccount[], text: string): readonly KnownAccount[] {
  const wanted = folded(text);
  const exact = all.filter(({ id, joined }) => id === wanted || joined.some((one) => one.id === wanted));
  if (exact.length > 0) return exact;
  const named = all.filter(({ ref }) => handlesOf(ref).has(wanted));
  return named.length > 0 ? named : all.filter(({ id }) => id.startsWith(wanted));
}

/**
 * Other accounts of the vendor whose people this account would contact as if they were strangers: nobody has said whether
 * they are one. Empty for an account that has contacts itself, that a person called one of its own, or that is the vendor's first.
 * @param own null where the ledger does not know the account
 */
export function unsettledWith(
  all: readonly KnownAccount[],
  vendor: string,
  own: string | null,
): readonly KnownAccount[] {
  const mine = all.find(({ id }) => id === own);
  if (mine && (mine.contacts > 0 || mine.separate !== null)) return [];
  return all
    .filter(({ id, ref, contacts }) => id !== own && ref.vendor === vendor && contacts > 0)
    .sort((a, b) => (b.lastUsed ?? 0) - (a.lastUsed ?? 0));
}

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

import { isoTime } from '../../core/clock.js';
import type { Contact } from '../../core/twin.js';

/** A contact and the vendor it came through. */
export interface VendorContact extends Contact {
  readonly vendor: string;
}

/** Everybody a vendor turned to, and how often. */
export interface ContactReport {
  readonly schema: 'salesq/sandbox-contacts@1';
  /** Most often contacted first, then by number. */
  readonly persons: readonly {
    readonly person: string;
    readonly times: number;
    readonly contacts: readonly {
      readonly at: string;
      readonly vendor: string;
      readonly what: string;
      readonly leadId: string;
    }[];
  }[];
  /** Persons with whom one vendor opened more than one conversation: what must not happen. */
  readonly twice: readonly { readonly person: string; readonly vendor: string; readonly times: number }[];
}

export function reportContacts(contacts: readonly VendorContact[]): ContactReport {
  const byPerson = groupBy(contacts, (contact) => contact.person);
  const persons = [...byPerson].map(([person, list]) => ({
    person,
    times: list.length,
    contacts: list.map(({ at, vendor, what, leadId }) => ({ at: isoTime(at), vendor, what, leadId })),
  }));
  const starts = groupBy(
    contacts.filter((contact) => contact.starts),
    ({ vendor, person }) => `${vendor} ${person}`,
  );
  const twice = [...starts.values()].flatMap((list) => {
    const [first] = list;
    return first && list.length > 1
      ? [{ person: first.person, vendor: first.vendor, times: list.length }]
      : [];
  });
  return {
    schema: 'salesq/sandbox-contacts@1',
    persons: persons.sort((a, b) => b.times - a.times || compare(a.person, b.person)),
    twice: twice.sort((a, b) => b.times - a.times || compare(a.person, b.person)),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function groupBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

import { seeded } from '../../../core/seeded.js';
import type { LeadKind } from './request.js';

/** A call or a request (a form somebody sent) the cabinet knows. */
export interface Entry {
  readonly kind: LeadKind;
  readonly id: number;
  /** Eleven digits. */
  readonly phone: string;
  /** Requests only. */
  readonly email: string | null;
  /** Milliseconds since 1970, whole seconds. */
  readonly at: number;
  readonly tags: readonly string[];
  /** `callReferenceId` of a call, `requestNumber` of a request. */
  readonly reference: string | null;
  /** Calls only. */
  readonly sipCallId: string | null;
}

/** How much the cabinet holds, and whose. */
export const extent = { firstCall: 1000, firstRequest: 2000, each: 1000, people: 700, days: 90 } as const;

/** Invented numbers; Russia keeps no range for fiction. People 0 to 699. */
export const phoneOf = (person: number): string => `7948${String(person).padStart(7, '0')}`;
export const emailOf = (person: number): string => `person${person}@example.com`;

/** By the id modulo 4. */
export const tagSets: readonly (readonly string[])[] = [[], ['новый'], ['новый', 'vip'], ['повторный']];

/** The calls and requests before `end` (milliseconds since 1970): 700 people, 300 of whom called twice. */
export class Journal {
  readonly #byId = new Map<string, Entry>();
  readonly #byContact = new Map<string, Entry[]>();

  constructor(seed: number, end: number) {
    for (let number = 0; number < extent.each; number += 1) {
      this.#add(call(seed, end, number));
      this.#add(request(seed, end, number));
    }
  }

  byId(kind: LeadKind, id: string): Entry | null {
    return this.#byId.get(`${kind} ${id}`) ?? null;
  }

  /** The entry nearest to `at`, before or after it, of anybody with one of these phones or e-mails. */
  nearest(kind: LeadKind, contacts: readonly string[], at: number, depthMs: number): Entry | null {
    const distance = (entry: Entry): number => Math.abs(entry.at - at);
    const entries = contacts.flatMap((contact) => this.#byContact.get(`${kind} ${contact}`) ?? []);
    const near = entries.filter((entry) => distance(entry) <= depthMs);
    return near.sort((a, b) => distance(a) - distance(b) || a.id - b.id)[0] ?? null;
  }

  #add(entry: Entry): void {
    this.#byId.set(`${entry.kind} ${entry.id}`, entry);
    for (const contact of [entry.phone, entry.email]) {
      if (contact === null) continue;
      const key = `${entry.kind} ${contact}`;
      const known = this.#byContact.get(key);
      if (known) known.push(entry);
      else this.#byContact.set(key, [entry]);
    }
  }
}

const tagsOf = (id: number): readonly string[] => tagSets[id % tagSets.length] ?? [];

function call(seed: number, end: number, number: number): Entry {
  const id = extent.firstCall + number;
  const random = seeded('calltouch', 'call', seed, number);
  return {
    kind: 'call',
    id,
    phone: phoneOf(number % extent.people),
    email: null,
    at: momentBefore(end, random.next()),
    tags: tagsOf(id),
    reference: number % 5 === 1 ? `pbx-${random.between(100, 999)}-${number}` : null,
    sipCallId: number % 3 === 1 ? `sip-${random.between(100_000, 999_999)}` : null,
  };
}

function request(seed: number, end: number, number: number): Entry {
  const id = extent.firstRequest + number;
  const person = (number + extent.people / 2) % extent.people;
  const random = seeded('calltouch', 'request', seed, number);
  return {
    kind: 'request',
    id,
    phone: phoneOf(person),
    email: emailOf(person),
    at: momentBefore(end, random.next()),
    tags: tagsOf(id),
    reference: number % 2 === 0 ? `form-${random.between(1_000, 9_999)}-${number}` : null,
    sipCallId: null,
  };
}

const momentBefore = (end: number, share: number): number =>
  Math.floor((end - share * extent.days * 86_400_000) / 1000) * 1000;

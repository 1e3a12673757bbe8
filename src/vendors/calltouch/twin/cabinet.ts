import { z } from 'zod';
import type { Json, JsonObject } from '../../../core/json.js';
import { seeded } from '../../../core/twin.js';
import type { LeadComment, LeadKind, Matching, TagFilter } from './request.js';

/** A call or a request (a form somebody sent) the cabinet knows. */
interface JournalEntry {
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

/** How many calls and requests the cabinet holds, of how many people, over how many days. */
export const extent = { firstCall: 1000, firstRequest: 2000, each: 1000, people: 700, days: 90 } as const;

/** Invented numbers; Russia keeps no range for fiction. People 0 to 699. */
export const phoneOf = (person: number): string => `7948${String(person).padStart(7, '0')}`;
export const emailOf = (person: number): string => `person${person}@example.com`;

/** Tags of a lead, chosen by its id modulo 4. */
const tagSets: readonly (readonly string[])[] = [[], ['новый'], ['новый', 'vip'], ['повторный']];

/** The calls and requests before `end` (milliseconds since 1970): 700 people, 300 of whom called twice. */
export class Journal {
  readonly #byId = new Map<string, JournalEntry>();
  readonly #byContact = new Map<string, JournalEntry[]>();

  constructor(seed: number, end: number) {
    for (let number = 0; number < extent.each; number += 1) {
      this.#add(makeCall(seed, end, number));
      this.#add(makeRequest(seed, end, number));
    }
  }

  byId(kind: LeadKind, id: string): JournalEntry | null {
    return this.#byId.get(`${kind} ${id}`) ?? null;
  }

  /** The entry nearest to `at`, before or after it, of anybody with one of these phones or e-mails. */
  nearest(kind: LeadKind, contacts: readonly string[], at: number, depthMs: number): JournalEntry | null {
    const distance = (entry: JournalEntry): number => Math.abs(entry.at - at);
    const entries = contacts.flatMap((contact) => this.#byContact.get(`${kind} ${contact}`) ?? []);
    const near = entries.filter((entry) => distance(entry) <= depthMs);
    return near.sort((a, b) => distance(a) - distance(b) || a.id - b.id)[0] ?? null;
  }

  #add(entry: JournalEntry): void {
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

function makeCall(seed: number, end: number, number: number): JournalEntry {
  const id = extent.firstCall + number;
  const random = seeded('calltouch', 'call', seed, number);
  return {
    kind: 'call',
    id,
    phone: phoneOf(number % extent.people),
    email: null,
    at: drawMomentBefore(end, random.next()),
    tags: tagsOf(id),
    reference: number % 5 === 1 ? `pbx-${random.between(100, 999)}-${number}` : null,
    sipCallId: number % 3 === 1 ? `sip-${random.between(100_000, 999_999)}` : null,
  };
}

function makeRequest(seed: number, end: number, number: number): JournalEntry {
  const id = extent.firstRequest + number;
  const person = (number + extent.people / 2) % extent.people;
  const random = seeded('calltouch', 'request', seed, number);
  return {
    kind: 'request',
    id,
    phone: phoneOf(person),
    email: emailOf(person),
    at: drawMomentBefore(end, random.next()),
    tags: tagsOf(id),
    reference: number % 2 === 0 ? `form-${random.between(1_000, 9_999)}-${number}` : null,
    sipCallId: null,
  };
}

const drawMomentBefore = (end: number, share: number): number =>
  Math.floor((end - share * extent.days * 86_400_000) / 1000) * 1000;

const savedSchema = z.strictObject({
  seed: z.number(),
  openedAt: z.number().nullable(),
  requests: z.number(),
  refused: z.number(),
  notMatched: z.number(),
  comments: z.array(
    z.strictObject({
      at: z.number(),
      kind: z.enum(['call', 'request']),
      id: z.number(),
      text: z.string(),
    }),
  ),
});

type CabinetState = z.infer<typeof savedSchema>;

/** Why no comment was written; `error` is "the reason" (docs/vendors/calltouch.md#answers), its texts are not
 * documented. */
const notFound = 'Лид не найден';
const otherTags = 'У найденного лида нет указанных тегов';

/** A cabinet: its journal, and the comments written to it. */
export class Cabinet {
  #state: CabinetState;
  #journal: Journal | null = null;
  #now = 0;

  constructor(seed: number) {
    this.#state = { seed, openedAt: null, requests: 0, refused: 0, notMatched: 0, comments: [] };
  }

  /** The journal ends where virtual time begins, and stays as it is. */
  advance(now: number): void {
    this.#now = Math.max(this.#now, now);
    this.#state.openedAt ??= this.#now;
  }

  get state(): Readonly<CabinetState> {
    return this.#state;
  }

  get journal(): Journal {
    return (this.#journal ??= new Journal(this.#state.seed, this.#state.openedAt ?? this.#now));
  }

  refuse(): void {
    this.#state.refused += 1;
  }

  /** Writes each comment to the lead it finds; the answer's `data.comments`, in the order of the request. */
  comment(leads: readonly LeadComment[]): JsonObject[] {
    this.#state.requests += 1;
    return leads.map((lead) => {
      const found = this.#match(lead.matching);
      if (typeof found === 'string') {
        this.#state.notMatched += 1;
        return { callInfo: null, requestInfo: null, commented: false, error: found };
      }
      this.#state.comments.push({ at: this.#now, kind: found.kind, id: found.id, text: lead.text });
      return { ...describeLead(found), commented: true, error: null };
    });
  }

  /** Counts comments a lead had already: nothing documented keeps them away. */
  countRepeated(): number {
    const { comments } = this.#state;
    return comments.length - new Set(comments.map(({ kind, id, text }) => `${kind} ${id} ${text}`)).size;
  }

  countCommentedLeads(): number {
    return new Set(this.#state.comments.map(({ id }) => id)).size;
  }

  save(): Json {
    return { ...this.#state, comments: this.#state.comments.map((comment) => ({ ...comment })) };
  }

  /** Takes a saved cabinet, its seed included. Throws where it is something else. */
  load(state: Json): void {
    this.#state = savedSchema.parse(state);
    this.#journal = null;
  }

  /** The first lead, from the top line down, that is found and has the tags; else the reason why none is. */
  #match(matching: readonly Matching[]): JournalEntry | string {
    let reason = notFound;
    for (const line of matching) {
      const entry = this.#find(line);
      if (entry && hasTags(entry, line.filter)) return entry;
      if (entry) reason = otherTags;
    }
    return reason;
  }

  /**
   * The lead of one line: by phones first, then by e-mails. `searchDepth` reaches to both sides of the date: no side
   * is documented.
   */
  #find(line: Matching): JournalEntry | null {
    const { kind } = line;
    if (line.by === 'id') return this.journal.byId(kind, line.id);
    return (
      this.journal.nearest(kind, line.phones, line.at, line.depthMs) ??
      this.journal.nearest(kind, line.emails, line.at, line.depthMs)
    );
  }
}

function hasTags({ tags }: JournalEntry, filter: TagFilter): boolean {
  if (filter.tags.length === 0) return true;
  const has = (tag: string): boolean => tags.includes(tag);
  return filter.logic === 'and' ? filter.tags.every(has) : filter.tags.some(has);
}

/** Ids are numbers in the sample and strings in the table: even ones come as numbers, odd ones as strings. */
const idAsSent = (id: number): Json => (id % 2 === 0 ? id : String(id));

const describeLead = ({ kind, id, reference, sipCallId }: JournalEntry): JsonObject =>
  kind === 'call'
    ? { callInfo: { callId: idAsSent(id), callReferenceId: reference, sipCallId }, requestInfo: null }
    : { callInfo: null, requestInfo: { requestId: idAsSent(id), requestNumber: reference } };

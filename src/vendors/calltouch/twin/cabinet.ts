import { z } from 'zod';
import type { Json, JsonObject } from '../../../core/json.js';
import type { Entry } from './journal.js';
import { Journal } from './journal.js';
import type { LeadComment, Matching, TagFilter } from './request.js';

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

type State = z.infer<typeof savedSchema>;

/**
 * Why no comment was written; `error` is "the reason" (docs/vendors/calltouch.md#answers), its texts are not
 * documented.
 */
const notFound = 'Лид не найден';
const otherTags = 'У найденного лида нет указанных тегов';

/** A cabinet: its journal, and the comments written to it. */
export class Cabinet {
  #state: State;
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

  get state(): Readonly<State> {
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
      return { ...infoOf(found), commented: true, error: null };
    });
  }

  /** Comments that say to a lead what it was told before: nothing documented keeps them away. */
  repeated(): number {
    const { comments } = this.#state;
    return comments.length - new Set(comments.map(({ kind, id, text }) => `${kind} ${id} ${text}`)).size;
  }

  commentedLeads(): number {
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

  /** From top to bottom, the first that is found and has the tags; else the reason. */
  #match(matching: readonly Matching[]): Entry | string {
    let reason = notFound;
    for (const line of matching) {
      const entry = this.#find(line);
      if (entry && hasTags(entry, line.filter)) return entry;
      if (entry) reason = otherTags;
    }
    return reason;
  }

  /** By phones first, then by e-mails. `searchDepth` reaches to both sides of the date: no side is documented. */
  #find(line: Matching): Entry | null {
    const { kind } = line;
    if (line.by === 'id') return this.journal.byId(kind, line.id);
    return (
      this.journal.nearest(kind, line.phones, line.at, line.depthMs) ??
      this.journal.nearest(kind, line.emails, line.at, line.depthMs)
    );
  }
}

function hasTags({ tags }: Entry, filter: TagFilter): boolean {
  if (filter.tags.length === 0) return true;
  const has = (tag: string): boolean => tags.includes(tag);
  return filter.logic === 'and' ? filter.tags.every(has) : filter.tags.some(has);
}

/** Ids are numbers in the sample and strings in the table: even ones come as numbers, odd ones as strings. */
const idAsSent = (id: number): Json => (id % 2 === 0 ? id : String(id));

const infoOf = ({ kind, id, reference, sipCallId }: Entry): JsonObject =>
  kind === 'call'
    ? { callInfo: { callId: idAsSent(id), callReferenceId: reference, sipCallId }, requestInfo: null }
    : { callInfo: null, requestInfo: { requestId: idAsSent(id), requestNumber: reference } };

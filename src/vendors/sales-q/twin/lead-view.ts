import type { Json, JsonObject } from '../../../core/json.js';
import type { Moment, Status } from './dialogue.js';

/** A lead as far as its chat has come. */
export interface LeadNow {
  readonly status: Status;
  readonly state: string;
  readonly comment: string | null;
  readonly answers: ReadonlyMap<string, Json>;
  readonly history: readonly JsonObject[];
}

/** What a chat looks like at a time (virtual milliseconds): its moments up to then, added up. */
export function leadAt(moments: readonly Moment[], now: number): LeadNow {
  const answers = new Map<string, Json>();
  const history: JsonObject[] = [];
  const view = { status: 'Not contacted' as Status, state: '1', comment: null as string | null };
  for (const moment of moments) {
    if (moment.at > now) break;
    view.status = moment.status ?? view.status;
    view.state = moment.state ?? view.state;
    view.comment = moment.comment ?? view.comment;
    if (moment.answer) answers.set(...moment.answer);
    if (moment.message) history.push({ timestamp: Math.floor(moment.at / 1000), ...moment.message });
  }
  return { ...view, answers, history };
}

/**
 * The lead "with all previously qualified data points", as `obj` of a remove answer (docs/vendors/sales-q.md#remove).
 */
export function removedLead(id: string, parameters: JsonObject, now: LeadNow): JsonObject {
  return Object.fromEntries([['id', id], ...Object.entries(parameters), ...now.answers]);
}

/**
 * An entry of the update answer (docs/vendors/sales-q.md#update). The vendor's own keys share one flat object with the
 * data points; a data point of the same name is lost here. `state` is a Number as the table says, unless it is none.
 */
export function updatedLead(id: string, parameters: JsonObject, now: LeadNow): JsonObject {
  return Object.fromEntries<Json>([
    ...Object.entries(parameters),
    ...now.answers,
    ['Status', now.status],
    ...(now.comment === null ? [] : ([['Comment', now.comment]] as const)),
    ['state', Number.isNaN(Number(now.state)) ? now.state : Number(now.state)],
    ['id', id],
    ['chathistory', now.history],
  ]);
}

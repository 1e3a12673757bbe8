import type { JsonObject } from '../../../core/json.js';
import type { TwinDelivery } from '../../../core/twin.js';
import type { Moment } from './dialogue.js';
import { leadAt, updatedLead } from './lead-view.js';

/** A lead and its whole chat, past and future. */
export interface Chat {
  readonly id: string;
  readonly parameters: JsonObject;
  readonly moments: readonly Moment[];
}

/** When a chat qualifies its lead (virtual ms); Infinity where it never does. `Callback` is in the export's table only. */
export const qualifiedAt = ({ moments }: Chat): number =>
  moments.find(({ status }) => status === 'Done' || status === 'Callback')?.at ?? Infinity;

/**
 * The POST of docs/vendors/sales-q.md#export: token, lead and chathistory side by side; the lead with all the data
 * points the text promises, though the sample lacks `state` and `id`. As it was when it was qualified, however late it
 * is sent.
 */
export function exportOf(chat: Chat, token: string): TwinDelivery {
  const { chathistory = [], ...lead } = updatedLead(
    chat.id,
    chat.parameters,
    leadAt(chat.moments, qualifiedAt(chat)),
  );
  return { id: chat.id, body: { token, lead, chathistory } };
}

/** Which leads are still to be exported. Chats are played once each, when somebody first asks. */
export class Exports {
  #done = new Set<string>();
  #at = new Map<string, number>();

  /** Ids in the order they were qualified; `chat` plays a lead's chat. */
  due(ids: Iterable<string>, now: number, chat: (id: string) => Chat): string[] {
    const due: { id: string; at: number }[] = [];
    for (const id of ids) {
      if (this.#done.has(id)) continue;
      const at = this.#at.get(id) ?? qualifiedAt(chat(id));
      this.#at.set(id, at);
      if (at <= now) due.push({ id, at });
    }
    return due.sort((a, b) => a.at - b.at).map(({ id }) => id);
  }

  settle(id: string): void {
    this.#done.add(id);
    this.#at.delete(id);
  }

  save(): string[] {
    return [...this.#done];
  }

  load(done: readonly string[]): void {
    this.#done = new Set(done);
    this.#at = new Map();
  }
}

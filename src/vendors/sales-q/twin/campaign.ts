import { z } from 'zod';
import type { Json, JsonObject } from '../../../core/json.js';
import { isObject } from '../../../core/json.js';
import { seeded } from '../../../core/seeded.js';
import type { Contact } from '../../../core/twin.js';
import { campaignScript } from './campaign-script.js';
import type { Moment } from './dialogue.js';
import { playChat } from './dialogue.js';
import type { Chat } from './exports.js';
import { Exports } from './exports.js';
import type { NewLead } from './import-request.js';
import { phoneDigits, Refusal } from './import-request.js';
import type { LeadNow } from './lead-view.js';
import { leadAt, removedLead, updatedLead } from './lead-view.js';
import { respondent } from './respondents.js';
import { readScript, ScriptProblem } from './script.js';
import type { Script } from './script.js';

interface StoredLead {
  readonly id: string;
  readonly importedAt: number;
  readonly parameters: JsonObject;
  /** Place in the list of custom scripts; null for the campaign script. */
  readonly script: number | null;
}

interface CustomScript {
  readonly raw: Json;
  readonly script: Script;
}

/** Exports handed out at a time: a webhook that is down must not make a long list be played again and again. */
const mostExports = 50;

/** Checked as far as the twin relies on it; whole values are taken as they are, a key `__proto__` included. */
const json = z.custom<Json>((value) => value !== undefined);
const parameters = z.custom<JsonObject>(isObject);

const savedSchema = z.strictObject({
  seed: z.number(),
  imports: z.number(),
  serial: z.number(),
  scripts: z.array(json),
  leads: z.array(
    z.strictObject({
      id: z.string(),
      importedAt: z.number(),
      parameters,
      script: z.number().nullable(),
    }),
  ),
  contacts: z.array(
    z.strictObject({
      at: z.number(),
      person: z.string(),
      what: z.string(),
      starts: z.boolean(),
      leadId: z.string(),
    }),
  ),
  exported: z.array(z.string()).default([]),
});

/** One campaign: its leads, their chats, and everybody it ever turned to. One token is one campaign. */
export class Campaign {
  now = 0;
  /** Answered imports, refused ones not counted. */
  imports = 0;
  #serial = 0;
  #scripts: CustomScript[] = [];
  #scriptPlaces = new Map<string, number>();
  #leads = new Map<string, StoredLead>();
  #contacts: Contact[] = [];
  readonly #exports = new Exports();

  constructor(public seed: number) {}

  get contacts(): readonly Contact[] {
    return this.#contacts;
  }

  /**
   * Takes leads and starts a chat with each; throws Refusal for a script that cannot be played, with nothing taken.
   * A phone that is there already starts a second chat: the document nowhere says duplicates are recognised.
   * The contact counts from now on, though the first message goes out seconds (or a queue) later.
   */
  import(leads: readonly NewLead[]): { id: string; lead: NewLead }[] {
    const scripts = leads.map((lead, index) => this.#scriptPlace(lead, index));
    const maker = makerOf(this.seed);
    this.imports += 1;
    return leads.map((lead, index) => {
      const id = this.#newId(maker);
      const stored = {
        id,
        importedAt: this.now,
        parameters: lead.parameters,
        script: scripts[index] ?? null,
      };
      this.#leads.set(id, stored);
      this.#note(stored, 'whatsapp-chat started', true);
      return { id, lead };
    });
  }

  /** Takes a lead out for good and gives its last copy; null where there is none. The farewell, if any, is sent. */
  remove(id: string, farewell: string | null): JsonObject | null {
    const lead = this.#leads.get(id);
    if (!lead) return null;
    const now = this.#seen(lead);
    if (farewell !== null && now.status !== 'Not on WhatsApp') this.#note(lead, 'farewell message', false);
    this.#leads.delete(id);
    return removedLead(id, lead.parameters, now);
  }

  /** Every lead that was not removed, by id. Finished ones too: their statuses are in the document's list. */
  update(): JsonObject {
    return Object.fromEntries(
      [...this.#leads.values()].map((lead) => [
        lead.id,
        updatedLead(lead.id, lead.parameters, this.#seen(lead)),
      ]),
    );
  }

  /** The first qualified leads whose export is not settled, in the order they were qualified. Removed ones never are. */
  exports(): Chat[] {
    const chat = (id: string): Chat => this.#chatOf(id);
    return this.#exports.due(this.#leads.keys(), this.now, chat).slice(0, mostExports).map(chat);
  }

  exported(id: string): void {
    if (this.#leads.has(id)) this.#exports.settle(id);
  }

  /** Leads by status. */
  statuses(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const lead of this.#leads.values()) {
      const { status } = this.#seen(lead);
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    return counts;
  }

  /** Chats are not saved: they follow from seed, phone, script and time of import. */
  save(): Json {
    return {
      seed: this.seed,
      imports: this.imports,
      serial: this.#serial,
      scripts: this.#scripts.map(({ raw }) => raw),
      leads: [...this.#leads.values()].map((lead) => ({ ...lead })),
      contacts: this.#contacts.map((contact) => ({ ...contact })),
      exported: this.#exports.save(),
    };
  }

  /** Takes a saved campaign, its seed included: people stay who they are. Throws where it is something else. */
  load(state: Json): void {
    const saved = savedSchema.parse(state);
    this.seed = saved.seed;
    this.imports = saved.imports;
    this.#serial = saved.serial;
    this.#scripts = saved.scripts.map((raw) => ({ raw, script: readScript(raw) }));
    this.#scriptPlaces = new Map(saved.scripts.map((raw, place) => [JSON.stringify(raw), place]));
    this.#leads = new Map(saved.leads.map((lead) => [lead.id, lead]));
    this.#contacts = saved.contacts;
    this.#exports.load(saved.exported);
  }

  /** Equal scripts are kept once, for a campaign sends the same one with every lead. */
  #scriptPlace({ script: raw }: NewLead, index: number): number | null {
    if (raw === null) return null;
    const key = JSON.stringify(raw);
    const known = this.#scriptPlaces.get(key);
    if (known !== undefined) return known;
    try {
      this.#scripts.push({ raw, script: readScript(raw) });
    } catch (error) {
      if (error instanceof ScriptProblem) throw new Refusal(`leads[${index}].script: ${error.message}`);
      throw error;
    }
    this.#scriptPlaces.set(key, this.#scripts.length - 1);
    return this.#scripts.length - 1;
  }

  #chat(lead: StoredLead): readonly Moment[] {
    const script = lead.script === null ? campaignScript : this.#scripts[lead.script]?.script;
    const parameters = new Map(Object.entries(lead.parameters));
    const person = respondent(this.seed, personOf(lead));
    return playChat(script ?? campaignScript, parameters, person, lead.importedAt);
  }

  #chatOf(id: string): Chat {
    const lead = this.#leads.get(id);
    return { id, parameters: lead?.parameters ?? {}, moments: lead ? this.#chat(lead) : [] };
  }

  #seen(lead: StoredLead): LeadNow {
    return leadAt(this.#chat(lead), this.now);
  }

  #note(lead: StoredLead, what: string, starts: boolean): void {
    this.#contacts.push({ at: this.now, person: personOf(lead), what, starts, leadId: lead.id });
  }

  /** 24 hex digits in the make of the samples: seconds, what tells one maker from another, a counter. */
  #newId(maker: string): string {
    this.#serial += 1;
    return hex(Math.floor(this.now / 1000), 8) + maker + hex(this.#serial % 2 ** 24, 6);
  }
}

/** Ten hex digits of the seed. */
function makerOf(seed: number): string {
  const random = seeded('id', seed);
  return [1, 2, 3, 4, 5].map(() => hex(random.between(0, 255), 2)).join('');
}

const hex = (number: number, width: number): string => number.toString(16).padStart(width, '0').slice(-width);

const personOf = (lead: StoredLead): string => {
  const phone = lead.parameters['Phone'];
  return typeof phone === 'string' ? phoneDigits(phone) : '';
};

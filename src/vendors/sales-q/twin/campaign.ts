import { z } from 'zod';
import {
  type Json,
  type JsonObject,
  isObject,
  writeJson,
  entriesOf,
  isNested,
  recordOf,
} from '../../../core/json.js';
import { contactSchema, seeded, type Contact, type TwinDelivery } from '../../../core/twin.js';
import { type ChatMoment, type Status, findRespondent, playChat } from './people.js';
import { type Script, campaignScript, isGoodName, readScript, ScriptProblem } from './script.js';

/** A lead that may be imported. */
interface NewLead {
  /** All data points as sent, `Phone` and `mappingId` among them, `script` not. */
  readonly parameters: JsonObject;
  /** The lead's own script, unread; null where the campaign script is meant. */
  readonly script: Json | null;
}

/** Why a request is refused, in the words of the answer's `log`. Names places and parameters, never values. */
export class Refusal extends Error {}

/** The digits of a phone; the document defines no format, its samples are bare digits. */
const digitsOf = (phone: string): string => phone.replace(/\D/g, '');

/**
 * Checks `leads` of an import (docs/vendors/sales-q.md#import) and gives them back, or throws Refusal: one bad lead
 * refuses the whole request, for the document knows no partial success (`ids` only come with `response: true`).
 */
export function readLeads(leads: Json | undefined): NewLead[] {
  if (leads === undefined) throw new Refusal('leads is missing');
  if (!Array.isArray(leads)) throw new Refusal('leads must be an array');
  if (leads.length === 0) throw new Refusal('leads must contain at least one lead');
  return (leads as readonly Json[]).map((lead, index) => readLead(lead, `leads[${index}]`));
}

function readLead(lead: Json, where: string): NewLead {
  if (!isObject(lead)) throw new Refusal(`${where} must be an object`);
  const { Phone, script, mappingId } = lead;
  if (Phone === undefined) throw new Refusal(`${where}.Phone is missing`);
  if (typeof Phone !== 'string') throw new Refusal(`${where}.Phone must be a string`);
  if (!looksLikePhone(Phone)) throw new Refusal(`${where}.Phone is no phone number`);
  if (mappingId !== undefined && typeof mappingId !== 'string') {
    throw new Refusal(`${where}.mappingId must be a string`);
  }
  const own = entriesOf(lead).filter(([name]) => name !== 'script');
  for (const [name, value] of own) checkParameter(name, value, where);
  return { parameters: recordOf(own), script: script ?? null };
}

function looksLikePhone(phone: string): boolean {
  const count = digitsOf(phone).length;
  return /^[\d\s()+/.-]+$/.test(phone) && count >= 6 && count <= 17;
}

function checkParameter(name: string, value: Json, where: string): void {
  if (!isGoodName(name)) {
    throw new Refusal(`${where} has a parameter name with dots or other special characters`);
  }
  if (isNested(value)) throw new Refusal(`${where}.${name} must be a plain value`);
}

/** A lead as far as its chat has come. */
interface LeadNow {
  readonly status: Status;
  readonly state: string;
  readonly comment: string | null;
  readonly answers: ReadonlyMap<string, Json>;
  readonly history: readonly JsonObject[];
}

/** The lead at a time (virtual milliseconds): the moments of its chat up to then, added up. */
function leadAt(moments: readonly ChatMoment[], now: number): LeadNow {
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
 * An entry of the update answer (docs/vendors/sales-q.md#update). The vendor's own keys share one flat object with the
 * data points; a data point of the same name is lost here. `state` is a Number as the table says, unless it is none.
 */
function describeLead(id: string, parameters: JsonObject, now: LeadNow): JsonObject {
  return recordOf<Json>([
    ...entriesOf(parameters),
    ...now.answers,
    ['Status', now.status],
    ...(now.comment === null ? [] : ([['Comment', now.comment]] as const)),
    ['state', Number.isNaN(Number(now.state)) ? now.state : Number(now.state)],
    ['id', id],
    ['chathistory', now.history],
  ]);
}

/** A lead and its whole chat, past and future. */
interface Chat {
  readonly id: string;
  readonly parameters: JsonObject;
  readonly moments: readonly ChatMoment[];
}

/**
 * When a chat qualifies its lead (virtual ms); Infinity where it never does. `Callback` is in the export's table only.
 */
const qualifiedAt = ({ moments }: Chat): number =>
  moments.find(({ status }) => status === 'Done' || status === 'Callback')?.at ?? Infinity;

/**
 * The POST of docs/vendors/sales-q.md#export: token, lead and chathistory side by side; the lead with all the data
 * points the text promises, though the sample lacks `state` and `id`. Shows the lead as it was when qualified, however
 * late it is sent.
 */
export function makeExport(chat: Chat, token: string): TwinDelivery {
  const { chathistory = [], ...lead } = describeLead(
    chat.id,
    chat.parameters,
    leadAt(chat.moments, qualifiedAt(chat)),
  );
  return { id: chat.id, body: { token, lead, chathistory } };
}

/** Knows which leads are still to be exported. Each chat is played once, when first needed. */
class Exports {
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

interface CustomScript {
  readonly raw: Json;
  readonly script: Script;
}

/** Exports handed out at a time: a webhook that is down must not make a long list be played again and again. */
const mostExports = 50;

/** Checked as far as the twin relies on it; whole values are taken as they are, a key `__proto__` included. */
const jsonSchema = z.custom<Json>((value) => value !== undefined);
const parametersSchema = z.custom<JsonObject>(isObject);

const leadSchema = z.strictObject({
  id: z.string(),
  importedAt: z.number(),
  parameters: parametersSchema,
  /** Place in the list of custom scripts; null for the campaign script. */
  script: z.number().nullable(),
});

type StoredLead = z.infer<typeof leadSchema>;

const savedSchema = z.strictObject({
  seed: z.number(),
  imports: z.number(),
  serial: z.number(),
  scripts: z.array(jsonSchema),
  leads: z.array(leadSchema),
  contacts: z.array(contactSchema),
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
    const now = this.#leadNow(lead);
    if (farewell !== null && now.status !== 'Not on WhatsApp') this.#note(lead, 'farewell message', false);
    this.#leads.delete(id);
    // "With all previously qualified data points": `obj` of the answer (docs/vendors/sales-q.md#remove).
    return recordOf<Json>([['id', id], ...entriesOf(lead.parameters), ...now.answers]);
  }

  /** Every lead that was not removed, by id. Finished ones too: their statuses are in the document's list. */
  update(): JsonObject {
    return Object.fromEntries(
      [...this.#leads.values()].map((lead) => [
        lead.id,
        describeLead(lead.id, lead.parameters, this.#leadNow(lead)),
      ]),
    );
  }

  /**
   * The first qualified leads whose export is not settled, in the order they were qualified. Removed ones never are.
   */
  qualifiedChats(): Chat[] {
    const chat = (id: string): Chat => this.#chatOf(id);
    return this.#exports.due(this.#leads.keys(), this.now, chat).slice(0, mostExports).map(chat);
  }

  settleExport(id: string): void {
    if (this.#leads.has(id)) this.#exports.settle(id);
  }

  /** Leads by status. */
  statuses(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const lead of this.#leads.values()) {
      const { status } = this.#leadNow(lead);
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
    this.#scriptPlaces = new Map(saved.scripts.map((raw, place) => [writeJson(raw), place]));
    this.#leads = new Map(saved.leads.map((lead) => [lead.id, lead]));
    this.#contacts = saved.contacts;
    this.#exports.load(saved.exported);
  }

  /** Equal scripts are kept once, for a campaign sends the same one with every lead. */
  #scriptPlace({ script: raw }: NewLead, index: number): number | null {
    if (raw === null) return null;
    const key = writeJson(raw);
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

  #chat(lead: StoredLead): readonly ChatMoment[] {
    const script = lead.script === null ? campaignScript : this.#scripts[lead.script]?.script;
    const parameters = new Map(Object.entries(lead.parameters));
    const person = findRespondent(this.seed, personOf(lead));
    return playChat(script ?? campaignScript, parameters, person, lead.importedAt);
  }

  #chatOf(id: string): Chat {
    const lead = this.#leads.get(id);
    return { id, parameters: lead?.parameters ?? {}, moments: lead ? this.#chat(lead) : [] };
  }

  #leadNow(lead: StoredLead): LeadNow {
    return leadAt(this.#chat(lead), this.now);
  }

  #note(lead: StoredLead, what: string, starts: boolean): void {
    this.#contacts.push({ at: this.now, person: personOf(lead), what, starts, leadId: lead.id });
  }

  /** 24 hex digits in the make of the samples: seconds, what tells one maker from another, a counter. */
  #newId(maker: string): string {
    this.#serial += 1;
    return toHex(Math.floor(this.now / 1000), 8) + maker + toHex(this.#serial % 2 ** 24, 6);
  }
}

/** Ten hex digits of the seed. */
function makerOf(seed: number): string {
  const random = seeded('id', seed);
  return [1, 2, 3, 4, 5].map(() => toHex(random.between(0, 255), 2)).join('');
}

const toHex = (number: number, width: number): string =>
  number.toString(16).padStart(width, '0').slice(-width);

const personOf = (lead: StoredLead): string => {
  const phone = lead.parameters['Phone'];
  return typeof phone === 'string' ? digitsOf(phone) : '';
};

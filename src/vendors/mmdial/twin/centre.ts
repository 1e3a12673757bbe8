import type { Json } from '../../../core/json.js';
import { type Random, seeded, type Contact } from '../../../core/twin.js';
import { CallQueue, fillOrderForm, makeCallResult, mostAttempts } from './dialler.js';
import {
  type Blocked,
  type ExportFile,
  type Lead,
  type LeadList,
  type Recording,
  campaignOf,
  savedSchema,
} from './model.js';

const day = 24 * 3_600_000;

interface FirstDay {
  readonly leads: Lead[];
  readonly lists: LeadList[];
  readonly recordings: Recording[];
  readonly blocked: readonly (readonly [number: string, reason: string])[];
}

/** Campaign 12 has been worked on; campaign 13 has not begun. */
const firstLists: readonly LeadList[] = [
  { id: 34, campaign: 12, description: 'Messe Köln' },
  { id: 35, campaign: 12, description: 'Anfragen Webseite' },
  { id: 36, campaign: 13, description: 'Bestandskunden' },
  { id: 37, campaign: 13, description: 'Empfehlungen' },
];

const firstNames = ['Jürgen', 'Anja', 'Łukasz', 'Zoë', 'Günther', 'Marie', 'Özlem', 'Ralf'] as const;
const lastNames = ['Groß', 'Müller-Beispiel', 'Muster', 'Käfer', 'Probst', 'Süß', 'Testmann'] as const;
const streets = ['Am Weiher', 'Königstraße', 'Bahnhofstr.', 'Öderweg'] as const;
type Town = readonly [plz: string, ort: string];

const towns: readonly [Town, ...Town[]] = [
  ['50667', 'Köln'],
  ['80331', 'München'],
  ['02826', 'Görlitz'],
  ['10115', 'Berlin'],
];

const firstLeadCount = 60;
const leadsInFirstCampaign = 40;

/** The leads, lists and recordings a sandbox begins with: nobody real, numbers that Germany keeps free for films. */
function makeFirstDay(seed: number, now: number): FirstDay {
  const leads = Array.from({ length: firstLeadCount }, (_, index) =>
    makeLead(index, now, seeded('mmdial lead', seed, index)),
  );
  const recordings: Recording[] = [];
  for (const lead of leads) addPastRecordings(lead, recordings, now, seeded('mmdial past', seed, lead.id));
  return { leads, lists: firstLists.map((list) => ({ ...list })), recordings, blocked: firstBlocked };
}

/** Listed in the notations people use. The first is the number of a lead that has it as 01713920011. */
const firstBlocked: FirstDay['blocked'] = [
  ['+491713920011', 'Anruf'],
  ['01713920098', 'Anruf'],
  ['004917604069098', 'Schreiben'],
  ['4917604069099', 'Schreiben'],
  ['03023125119', 'Robinsonliste'],
];

/**
 * The phone of the lead at this index. The second half of the numbers is 0176; every fifth is written with +49; two
 * leads share the first number.
 */
function phoneOf(index: number): string {
  const place = index === firstLeadCount - 1 ? 0 : index;
  const national = place < 30 ? `017139200${place + 10}` : `0176040690${place - 20}`;
  return place % 5 === 4 ? `+49${national.slice(1)}` : national;
}

function makeLead(index: number, now: number, random: Random): Lead {
  const campaign = index < leadsInFirstCampaign ? 12 : 13;
  const [plz, ort] = random.pick(towns);
  const midnight = Math.floor(now / day) * day;
  const importedAt = midnight - random.between(20, 120) * day + random.between(16 * 1_800, 32 * 1_800) * 1000;
  const worked = campaign === 12;
  const lastPhone = worked ? importedAt + random.between(1, 18) * day : null;
  const status = worked ? random.pick(['NA', 'SALE', 'SALE', 'NI', 'A', 'CALLBK']) : 'NEW';
  const lead: Lead = {
    id: 10_001 + index,
    campaign,
    list: (worked ? 34 : 36) + (index % 2),
    countryCode: '49',
    data: {
      title: random.pick(['Herr', 'Frau', 'Dr.']),
      phone: phoneOf(index),
      first_name: firstNames[index % firstNames.length] ?? '',
      last_name: random.pick(lastNames),
      birthdate: `19${random.between(50, 99)}-0${random.between(1, 9)}-${random.between(10, 28)}`,
      country: 'DE',
      street: random.pick(streets),
      streetnr: String(random.between(1, 120)),
      plz,
      ort,
      notices: random.pick(['', 'Bitte abends; "Müller" klingeln', 'zahlt 40 € im Monat']),
      leadid_external: externalId(index),
      company_name: random.pick(['', '', 'Bäckerei Sandmann & Söhne']),
    },
    form: [],
    status,
    rotation: worked ? 1 : 0,
    importedAt,
    lastPhone,
    lastEdit: lastPhone,
    attempts: worked ? 1 : 0,
  };
  return status === 'SALE' ? { ...lead, form: fillOrderForm(lead, random) } : lead;
}

/** The external id of the lead at this index. Every tenth has none; two share one. */
const externalId = (index: number): string =>
  index % 10 === 9 ? '' : `CRM-${index === 20 ? 1001 : 1001 + index}`;

/** Adds no, one, two or three recordings of a lead, depending on its id; the last one is at its last call. */
function addPastRecordings(lead: Lead, recordings: Recording[], now: number, random: Random): void {
  for (let left = lead.lastPhone === null ? 0 : lead.id % 4; left > 0; left -= 1) {
    recordings.push({
      id: recordings.length + 1,
      lead: lead.id,
      phone: lead.data.phone ?? '',
      agent: random.between(7, 12),
      at: Math.min(now - day, (lead.lastPhone ?? now) - (left - 1) * day),
      seconds: random.between(2, 9),
    });
  }
}

/** So many export files are kept, the newest; the document does not say how long one lives. */
const keptExports = 20;

/** A call centre: its leads, its do-not-call list, and a dialler that works through them as time passes. */
export class Centre {
  /** Null before the first `advance`. */
  #now: number | null = null;
  #leads = new Map<number, Lead>();
  #lists: LeadList[] = [];
  /** Do-not-call entries by number as written: another notation is another entry. */
  readonly blocked = new Map<string, Blocked>();
  #recordings: Recording[] = [];
  #exports: ExportFile[] = [];
  #exportCount = 0;
  #contacts: Contact[] = [];
  #queue = new CallQueue();

  constructor(public seed: number) {}

  get now(): number {
    return this.#now ?? 0;
  }
  get leads(): readonly Lead[] {
    return [...this.#leads.values()];
  }
  get lists(): readonly LeadList[] {
    return this.#lists;
  }
  get recordings(): readonly Recording[] {
    return this.#recordings;
  }
  /** The calls since the sandbox began; those of the seeded past are not among them. */
  get contacts(): readonly Contact[] {
    return this.#contacts;
  }
  /** Leads the dialler will still call. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Makes every call that is due, each at its own time. The first call of this sets the first day of the sandbox. */
  advance(now: number): void {
    if (this.#now === null) this.#begin(now);
    this.#now = Math.max(this.now, now);
    for (let due = this.#queue.take(this.now); due; due = this.#queue.take(this.now)) {
      const lead = this.#leads.get(due.lead);
      if (lead) this.#call(lead, due.at);
    }
  }

  lead(id: string | null): Lead | null {
    return (id !== null && /^\d{1,9}$/.test(id) && this.#leads.get(Number(id))) || null;
  }

  addList(campaign: number, description: string): LeadList {
    const list = { id: Math.max(...this.#lists.map(({ id }) => id)) + 1, campaign, description };
    this.#lists.push(list);
    return list;
  }

  addLead(lead: Pick<Lead, 'campaign' | 'list' | 'countryCode' | 'data' | 'form'>): void {
    const id = 10_001 + this.#leads.size;
    const fresh = { status: 'NEW', rotation: 0, importedAt: this.now, lastPhone: null, lastEdit: null };
    const added = { ...lead, ...fresh, id, attempts: 0 };
    this.#leads.set(id, added);
    this.dial(added);
  }

  /** Queues a lead of an active campaign (again): it is called within minutes. */
  dial(lead: Lead): void {
    lead.attempts = 0;
    if (!campaignOf(String(lead.campaign))?.active) return;
    const seconds = seeded('mmdial delay', this.seed, lead.id, lead.rotation).between(20, 300);
    this.#queue.put(lead.id, this.now + seconds * 1000);
  }

  block(number: string, at: number, reason: string): void {
    this.blocked.set(number, { number, at, reason });
  }

  recording(id: string): Recording | null {
    return this.#recordings.find((recording) => String(recording.id) === id) ?? null;
  }

  addExport(text: string, encoding: string): ExportFile {
    this.#exportCount += 1;
    const file = { id: this.#exportCount, text, encoding };
    this.#exports = [...this.#exports, file].slice(-keptExports);
    return file;
  }

  export(id: string): ExportFile | null {
    return this.#exports.find((file) => String(file.id) === id) ?? null;
  }

  save(): Json {
    return {
      seed: this.seed,
      now: this.#now,
      leads: this.leads.map((lead) => ({ ...lead })),
      lists: this.#lists.map((list) => ({ ...list })),
      blocked: [...this.blocked.values()].map((entry) => ({ ...entry })),
      recordings: this.#recordings.map((recording) => ({ ...recording })),
      exports: this.#exports.map((file) => ({ ...file })),
      exportCount: this.#exportCount,
      contacts: this.#contacts.map((contact) => ({ ...contact })),
      queue: this.#queue.entries().map((entry) => ({ ...entry })),
    };
  }

  /** Takes a saved centre, its seed included: people stay who they are. Throws where it is something else. */
  load(state: Json): void {
    const saved = savedSchema.parse(state);
    this.seed = saved.seed;
    this.#now = saved.now;
    this.#leads = new Map(saved.leads.map((lead) => [lead.id, lead]));
    this.#lists = saved.lists;
    this.blocked.clear();
    for (const { number, at, reason } of saved.blocked) this.block(number, at, reason);
    this.#recordings = saved.recordings;
    this.#exports = saved.exports;
    this.#exportCount = saved.exportCount;
    this.#contacts = saved.contacts;
    this.#queue = new CallQueue(saved.queue);
  }

  #begin(now: number): void {
    const first = makeFirstDay(this.seed, now);
    this.#leads = new Map(first.leads.map((lead) => [lead.id, lead]));
    this.#lists = first.lists;
    this.#recordings = first.recordings;
    for (const [number, reason] of first.blocked) this.block(number, now, reason);
  }

  /**
   * Makes one call. A listed number is not called, but only where the list has it written as the lead has. Only the
   * first call of a dialling counts as a new contact; further attempts continue it.
   */
  #call(lead: Lead, at: number): void {
    const phone = lead.data.phone ?? '';
    if (this.blocked.has(phone)) {
      lead.status = 'DNCL';
      return;
    }
    const random = seeded('mmdial call', this.seed, phone, lead.rotation, lead.attempts);
    const result = makeCallResult(phone, lead, random);
    const starts = lead.attempts === 0;
    const person = phone.replace(/\D/g, '');
    this.#contacts.push({ at, person, what: `call, ${result.what}`, starts, leadId: String(lead.id) });
    lead.attempts += 1;
    lead.status = result.status;
    lead.lastPhone = at;
    lead.form = result.form;
    if (result.seconds > 0) {
      const [id, agent] = [this.#recordings.length + 1, random.pick([7, 8, 9, 10, 11])];
      this.#recordings.push({ id, lead: lead.id, phone, agent, at, seconds: result.seconds });
    }
    if (result.blocks) this.block(phone, at, 'Wunsch am Telefon');
    if (result.againMs !== null && lead.attempts < mostAttempts)
      this.#queue.put(lead.id, at + result.againMs);
  }
}

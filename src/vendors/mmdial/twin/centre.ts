import type { Json } from '../../../core/json.js';
import type { Contact } from '../../../core/twin.js';
import { CallQueue } from './call-queue.js';
import { callResult, mostAttempts } from './dialler.js';
import type { Blocked, ExportFile, Lead, LeadList, Recording } from './model.js';
import { agents, campaignOf, savedSchema } from './model.js';
import { seeded } from '../../../core/seeded.js';
import { firstDay } from './seed.js';

/** Older export files are gone; the document does not say how long one lives. */
const keptExports = 20;

/** A call centre: its leads, its do-not-call list, and a dialler that works through them as time passes. */
export class Centre {
  /** Null until somebody tells the time. */
  #now: number | null = null;
  #leads = new Map<number, Lead>();
  #lists: LeadList[] = [];
  /** By number as it was written: another notation of it is another entry. */
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
  /** Whom the dialler called since the sandbox began; calls of the seeded past are not among them. */
  get contacts(): readonly Contact[] {
    return this.#contacts;
  }
  /** Leads the dialler will still call. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Makes every call that is due, each at its own time. The first time told is the first day of the sandbox. */
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

  /** Puts a lead of an active campaign (again) in front of the dialler: it is called within minutes. */
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
    const first = firstDay(this.seed, now);
    this.#leads = new Map(first.leads.map((lead) => [lead.id, lead]));
    this.#lists = first.lists;
    this.#recordings = first.recordings;
    for (const [number, reason] of first.blocked) this.block(number, now, reason);
  }

  /**
   * One call. A listed number is not called, but only where it is written in the list as it is in the lead. A further
   * attempt continues what the first one began; only a dialling started anew begins again.
   */
  #call(lead: Lead, at: number): void {
    const phone = lead.data.phone ?? '';
    if (this.blocked.has(phone)) {
      lead.status = 'DNCL';
      return;
    }
    const random = seeded('mmdial call', this.seed, phone, lead.rotation, lead.attempts);
    const result = callResult(phone, lead, random);
    const starts = lead.attempts === 0;
    const person = phone.replace(/\D/g, '');
    this.#contacts.push({ at, person, what: `call, ${result.what}`, starts, leadId: String(lead.id) });
    lead.attempts += 1;
    lead.status = result.status;
    lead.lastPhone = at;
    lead.form = result.form;
    if (result.seconds > 0) this.#record(lead, phone, at, result.seconds, random.pick([7, 8, 9, 10, 11]));
    if (result.blocks) this.block(phone, at, 'Wunsch am Telefon');
    if (result.againMs !== null && lead.attempts < mostAttempts)
      this.#queue.put(lead.id, at + result.againMs);
  }

  #record(lead: Lead, phone: string, at: number, seconds: number, agent: number): void {
    const id = this.#recordings.length + 1;
    this.#recordings.push({ id, lead: lead.id, phone, agent, at, seconds });
  }
}

/** Which agent an id means; null for none. */
export const agentOf = (id: string | null): (typeof agents)[number] | null =>
  agents.find((agent) => String(agent.id) === id) ?? null;

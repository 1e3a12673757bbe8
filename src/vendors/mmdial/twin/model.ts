import { z } from 'zod';
import { clockIn } from '../../../core/clock.js';
import { contactSchema } from '../../../core/twin.js';

/** Fields of `leaddata` (docs/vendors/mmdial.md#addlead); `rotation` and `status` are there for editlead only. */
export const leadFields = [
  'title',
  'phone',
  'alt_phone',
  'first_name',
  'last_name',
  'birthdate',
  'country',
  'street',
  'streetnr',
  'addradd',
  'plz',
  'ort',
  'notices',
  'leadid_external',
  'company_name',
] as const;

const textPairs = z.array(z.tuple([z.string(), z.string()]));
const time = z.number().nullable();

const leadSchema = z.strictObject({
  id: z.number(),
  campaign: z.number(),
  list: z.number(),
  countryCode: z.string(),
  data: z.partialRecord(z.enum(leadFields), z.string()),
  /** The last order form, in the order it was filled in. */
  form: textPairs,
  status: z.string(),
  rotation: z.number(),
  importedAt: z.number(),
  lastPhone: time,
  lastEdit: time,
  /** Calls since the lead came or its dialling was started anew. */
  attempts: z.number(),
});

/** Times are virtual milliseconds since 1970. */
export type Lead = z.infer<typeof leadSchema>;

const recordingSchema = z.strictObject({
  id: z.number(),
  lead: z.number(),
  phone: z.string(),
  agent: z.number(),
  at: z.number(),
  seconds: z.number(),
});

export type Recording = z.infer<typeof recordingSchema>;

const listSchema = z.strictObject({ id: z.number(), campaign: z.number(), description: z.string() });

export type LeadList = z.infer<typeof listSchema>;

const exportSchema = z.strictObject({ id: z.number(), text: z.string(), encoding: z.string() });

export type ExportFile = z.infer<typeof exportSchema>;

const blockedSchema = z.strictObject({ number: z.string(), at: z.number(), reason: z.string() });

export type Blocked = z.infer<typeof blockedSchema>;

export const savedSchema = z.strictObject({
  seed: z.number(),
  now: time,
  leads: z.array(leadSchema),
  lists: z.array(listSchema),
  blocked: z.array(blockedSchema),
  recordings: z.array(recordingSchema),
  exports: z.array(exportSchema),
  exportCount: z.number(),
  contacts: z.array(contactSchema),
  queue: z.array(z.strictObject({ at: z.number(), lead: z.number() })),
});

/** A campaign. The API has no function to make one. */
interface Campaign {
  readonly id: number;
  /** Whether the dialler works on it. */
  readonly active: boolean;
  /** Fields of its order form. */
  readonly fields: readonly string[];
}

const campaigns: readonly Campaign[] = [
  { id: 12, active: true, fields: ['Kundennummer', 'Tarif', 'Zählernummer', 'Rückruf am', 'Bemerkung'] },
  { id: 13, active: false, fields: ['Größe der Anlage', 'Interesse', 'Vertragsende'] },
];

export const campaignOf = (id: string | null): Campaign | null =>
  campaigns.find((campaign) => String(campaign.id) === id) ?? null;

interface Agent {
  readonly id: number;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly active: boolean;
}

const agentNames = [
  'Änne Beispiel',
  'Björn Muster',
  'Cem Probe',
  'Dörte Test',
  'Émile Sandkasten',
  'Frauke Übung',
];

/** Agents 7 to 12; the last one has left. */
const agents: readonly Agent[] = agentNames.map((name, index) => {
  const [firstName = '', lastName = ''] = name.split(' ');
  return { id: index + 7, username: `agent${index + 7}`, firstName, lastName, active: index < 5 };
});

/** The agent with this id; null for none. */
export const agentOf = (id: string | null): Agent | null =>
  agents.find((agent) => String(agent.id) === id) ?? null;

/** `2026-03-02 10:00:00` in Germany. The document names no time zone; its vendor is German. */
export function localTime(ms: number): string {
  const { year, month, day, hour, minute, second } = clockIn('Europe/Berlin', ms);
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
}

/** `20260302100000`, the form of the `timestamp` arguments (docs/vendors/mmdial.md#searchvoicebyphonenumber). */
export const digitsOfTime = (ms: number): string => localTime(ms).replace(/\D/g, '');

/** `d.m.Y` as `YYYY-MM-DD`; null for anything else. */
export function readGermanDate(text: string): string | null {
  const [, day = '', month = '', year = ''] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text) ?? [];
  return readIsoDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
}

/** The text itself where it is a date `YYYY-MM-DD` that exists; else null. */
export function readIsoDate(text: string): string | null {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? text : null;
}

/** The text itself where it is `H:i:s`; else null. */
export const readClockTime = (text: string): string | null =>
  /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text) ? text : null;

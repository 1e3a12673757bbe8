import { z } from 'zod';

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

const texts = z.array(z.tuple([z.string(), z.string()]));
const time = z.number().nullable();

const leadSchema = z.strictObject({
  id: z.number(),
  campaign: z.number(),
  list: z.number(),
  countryCode: z.string(),
  data: z.partialRecord(z.enum(leadFields), z.string()),
  /** The last order form, in the order it was filled in. */
  form: texts,
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

const contactSchema = z.strictObject({
  at: z.number(),
  person: z.string(),
  what: z.string(),
  starts: z.boolean(),
  leadId: z.string(),
});

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

/** A campaign of the sandbox; the API has no function to make one. */
export interface Campaign {
  readonly id: number;
  /** Whether the dialler works on it. */
  readonly active: boolean;
  /** Fields of its order form. */
  readonly fields: readonly string[];
}

export const campaigns: readonly Campaign[] = [
  { id: 12, active: true, fields: ['Kundennummer', 'Tarif', 'Zählernummer', 'Rückruf am', 'Bemerkung'] },
  { id: 13, active: false, fields: ['Größe der Anlage', 'Interesse', 'Vertragsende'] },
];

export const campaignOf = (id: string | null): Campaign | null =>
  campaigns.find((campaign) => String(campaign.id) === id) ?? null;

export interface Agent {
  readonly id: number;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly active: boolean;
}

const names = [
  'Änne Beispiel',
  'Björn Muster',
  'Cem Probe',
  'Dörte Test',
  'Émile Sandkasten',
  'Frauke Übung',
];

/** Agents 7 to 12; the last one has left. */
export const agents: readonly Agent[] = names.map((name, index) => {
  const [firstName = '', lastName = ''] = name.split(' ');
  return { id: index + 7, username: `agent${index + 7}`, firstName, lastName, active: index < 5 };
});

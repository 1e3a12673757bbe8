import type { Random } from '../../../core/seeded.js';
import { seeded } from '../../../core/seeded.js';
import { orderForm } from './dialler.js';
import type { Lead, LeadList, Recording } from './model.js';

const day = 24 * 3_600_000;

export interface FirstDay {
  readonly leads: Lead[];
  readonly lists: LeadList[];
  readonly recordings: Recording[];
  readonly blocked: readonly (readonly [number: string, reason: string])[];
}

/** Campaign 12 has been worked on; campaign 13 has not begun. */
const lists: readonly LeadList[] = [
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

const count = 60;
const inFirstCampaign = 40;

/** What the sandbox begins with: nobody real, numbers that Germany keeps free for films. */
export function firstDay(seed: number, now: number): FirstDay {
  const leads = Array.from({ length: count }, (_, index) =>
    seededLead(index, now, seeded('mmdial lead', seed, index)),
  );
  const recordings: Recording[] = [];
  for (const lead of leads) record(lead, recordings, now, seeded('mmdial past', seed, lead.id));
  return { leads, lists: lists.map((list) => ({ ...list })), recordings, blocked };
}

/** In the notations people use. The first is a lead's number, which the lead has as 01713920011. */
const blocked: FirstDay['blocked'] = [
  ['+491713920011', 'Anruf'],
  ['01713920098', 'Anruf'],
  ['004917604069098', 'Schreiben'],
  ['4917604069099', 'Schreiben'],
  ['03023125119', 'Robinsonliste'],
];

/** The second half of the numbers is 0176; every fifth is written with +49; two leads share the first number. */
function phoneOf(index: number): string {
  const place = index === count - 1 ? 0 : index;
  const national = place < 30 ? `017139200${place + 10}` : `0176040690${place - 20}`;
  return place % 5 === 4 ? `+49${national.slice(1)}` : national;
}

function seededLead(index: number, now: number, random: Random): Lead {
  const campaign = index < inFirstCampaign ? 12 : 13;
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
  return status === 'SALE' ? { ...lead, form: orderForm(lead, random) } : lead;
}

/** Every tenth has none; two share one. */
const externalId = (index: number): string =>
  index % 10 === 9 ? '' : `CRM-${index === 20 ? 1001 : 1001 + index}`;

/** No, one, two or three recordings of a lead by its id, the last one at its last call. */
function record(lead: Lead, recordings: Recording[], now: number, random: Random): void {
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

import type { DoubtfulRow, Sighting } from '../../../src/core/outcome.js';
import type { JsonObject } from '../../../src/core/json.js';
import type { SealedObject } from '../../../src/core/number.js';
import type { OptionValues, Vendor, VendorContext } from '../../../src/core/vendor.js';
import comunik8 from '../../../src/vendors/comunik8/index.js';
import mmdial from '../../../src/vendors/mmdial/index.js';
import salesQ from '../../../src/vendors/sales-q/index.js';
import { digits, fictitious } from '../../support/leads.js';
import { doubtful, number } from '../../support/rows.js';
import { type Endpoint, type OwnAnswer, type Seen, ended, operationOf } from './endpoint.js';

/** A look for a row in doubt: only a whole answer shows that it is there, or that it is not. */
const rule: Endpoint['rule'] = {
  success: 'found',
  refusal: 'unclear|exit 3|exit 5',
  unsure: 'unclear|exit 5',
  credentials: 'exit 4',
  'slow-down': 'unclear|exit 5',
  contradiction: 'unclear|exit 4|exit 5',
};

async function look(
  context: VendorContext,
  vendor: Vendor,
  id: string,
  row: DoubtfulRow,
  options: OptionValues,
): Promise<Seen> {
  try {
    const sightings = await operationOf(vendor, id).readBack?.find(context, [row], options);
    const own = (sightings ?? []).filter((sighting: Sighting) => sighting.row === row.row);
    const end = own.length === 1 && own[0] ? own[0].seen : 'unclear';
    return { ends: [end], stop: null, told: JSON.stringify(sightings), ids: [] };
  } catch (error) {
    return ended(error);
  }
}

const says = (name: string, value: unknown, ends: string, status = 200): OwnAnswer => ({
  name,
  body: () => JSON.stringify(value),
  status,
  ends: [ends],
});

interface Look {
  readonly vendor: Vendor;
  readonly covers: string;
  readonly payload: SealedObject;
  readonly kept?: JsonObject;
  readonly options?: OptionValues;
  readonly yes: () => unknown;
  readonly own: readonly OwnAnswer[];
  readonly decisive?: Endpoint['decisive'];
  readonly writes?: boolean;
  readonly otherwise?: Endpoint['otherwise'];
}

const ref = 'a'.repeat(24);
const phone = fictitious(10);
const gone = '5b929a13e7c7543ce399ea13';
const lead = (changes: object = {}): object => ({
  Phone: digits(10),
  Status: 'Open',
  state: 2,
  id: gone,
  ...changes,
});
const other = { '5b929a13e7c7543ce399ea99': lead({ id: '5b929a13e7c7543ce399ea99', Phone: digits(11) }) };

const leadData = {
  leadid: 10001,
  phone: '01713920010',
  country_phone_code: '49',
  leadid_external: 'k1',
  notices: 'neu',
};
const shown = (changes: object = {}): object => ({
  status: 'found',
  lead_data: { ...leadData, ...changes },
  formdata: [],
});
const listed = (changes: object = {}): object => ({
  status: 'found',
  lead_data: [{ ...leadData, ...changes }],
  formdata: [[]],
});
const checked = { campaign: '12', doubletcheck_campaign: 'yes' };
const notfound = { status: 'notfound' };

const looks: readonly Look[] = [
  {
    vendor: salesQ,
    covers: 'import',
    payload: { Phone: number(phone), mappingId: ref },
    yes: () => ({ [gone]: lead({ mappingId: ref }) }),
    own: [
      says('others alone', other, 'absent'),
      says('by phone', { [gone]: lead() }, 'found'),
      says('the phone under another key', { [gone]: lead({ mappingId: 'x' }) }, 'unclear'),
      says('the key with another phone', { [gone]: lead({ mappingId: ref, Phone: digits(12) }) }, 'unclear'),
      says('a message', { message: 'x' }, 'unclear|exit 5'),
      says('a lead that is null', { ...other, [gone]: null }, 'unclear|exit 5'),
    ],
  },
  {
    vendor: salesQ,
    covers: 'remove',
    payload: { id: gone },
    kept: lead() as JsonObject,
    yes: () => other,
    own: [
      says('still there', { [gone]: lead() }, 'absent'),
      says('a message', { message: 'x' }, 'unclear|exit 5'),
      says('a lead that is null', { ...other, [gone]: null }, 'unclear|exit 5'),
    ],
  },
  {
    vendor: comunik8,
    covers: 'add',
    payload: { mobile: number('+447400123456', '07400123456'), type: 'motor-trade', delays: 600 },
    yes: () => ({ cancelled: true }),
    writes: true,
    decisive: [['cancelled']],
    own: [
      says('not found', { cancelled: false, warning: 'not found' }, 'absent'),
      says('already processed', { cancelled: false, warning: 'already processed' }, 'found'),
      says('not saved', { cancelled: false, warning: 'server error (save)' }, 'unclear'),
      says('not found, and cancelled', { cancelled: true, warning: 'not found' }, 'unclear'),
    ],
  },
  {
    vendor: mmdial,
    covers: 'dnc add',
    payload: { number: number(phone, '01713920010') },
    yes: () => ({ status: 'exists' }),
    own: [
      says('not there', notfound, 'absent'),
      says('results of null', { results: [null] }, 'unclear|exit 5'),
    ],
    decisive: [['status']],
  },
  {
    vendor: mmdial,
    covers: 'dnc remove',
    payload: { number: number(phone, '01713920010') },
    yes: () => notfound,
    own: [
      says('still there', { status: 'exists' }, 'absent|unclear'),
      says('results of null', { results: [null] }, 'unclear|exit 5'),
    ],
    decisive: [['status']],
  },
  {
    vendor: mmdial,
    covers: 'leads add',
    payload: { data: { phone: number(phone), leadid_external: 'k1' }, form: {} },
    options: checked,
    yes: () => listed(),
    own: [
      says('not there', notfound, 'absent'),
      says('found, and nobody', { status: 'found', lead_data: [] }, 'unclear|exit 5'),
      says('another key', listed({ leadid_external: 'other' }), 'unclear'),
    ],
    decisive: [['status'], ['lead_data']],
  },
  {
    vendor: mmdial,
    covers: 'leads edit',
    payload: { leadid: '10001', data: { notices: 'neu' }, form: {} },
    options: { campaign: '12', redial: false },
    yes: () => shown(),
    own: [
      says('not there', notfound, 'unclear'),
      says('as it was', shown({ notices: 'alt' }), 'absent'),
      says('found, and nobody', { status: 'found', lead_data: {} }, 'unclear|exit 5'),
    ],
    decisive: [['status'], ['lead_data']],
  },
];

const found: Readonly<Record<string, string>> = { 'dnc remove': 'found', remove: 'found', add: 'taken-back' };

/** What is read after a lost answer, crossed like every other request: `absent` may lead to a second contact. */
export const readBackEndpoints: readonly Endpoint[] = looks.map(
  ({ vendor, covers, payload, kept, options = {}, yes, own, decisive = [], writes = false }) => ({
    id: `${vendor.id} ${covers}, the look after a lost answer`,
    vendor,
    covers,
    kind: 'read',
    rows: 1,
    writes,
    rule: { ...rule, success: found[covers] ?? 'found' },
    yes,
    decisive,
    own,
    run: (context) => {
      const row = doubtful(1, ref, payload, Date.now() - 60_000, kept);
      return look(context, vendor, covers, row, options);
    },
  }),
);

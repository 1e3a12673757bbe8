import calltouch from '../../../src/vendors/calltouch/index.js';
import comunik8 from '../../../src/vendors/comunik8/index.js';
import mmdial from '../../../src/vendors/mmdial/index.js';
import salesQ from '../../../src/vendors/sales-q/index.js';
import { freeColumns, type GateVendor, type KnownLead } from './rows.js';
import * as standIns from '../wire/stand-ins.js';

/** The vendors of the program, as the gate contract tries them. A new operation needs a line here. */

const salesQLead = ({ id, numbers }: KnownLead): readonly [string, object] => [
  id,
  { Phone: numbers['Phone']?.slice(1), Status: 'Open', state: 2, id },
];

const mmDialLead = ({ id, numbers }: KnownLead): Record<string, string> => ({
  leadid: id,
  country_phone_code: '49',
  ...Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, `0${number.slice(3)}`])),
  notices: '',
  status: 'OLD',
  rotation: '1',
});

const functionOf = (target: string): string => /^\/(\w+)/.exec(target)?.[1] ?? '';

export const gateVendors: readonly GateVendor[] = [
  {
    vendor: salesQ,
    settings: 'token: "env:TEST_SECRET"',
    standIn: (leads) => standIns.salesQ({}, Object.fromEntries(leads.map(salesQLead))),
    isRead: ({ target }) => target === '/update',
    numbersOfRecord: ['Phone'],
    id: (n) => `5b929a13e7c7543ce399f${String(n).padStart(3, '0')}`,
    operations: {
      import: [{}],
      remove: [
        { readBack: {} },
        { flags: ['--message', 'Auf Wiedersehen'], options: { message: 'Auf Wiedersehen' } },
      ],
    },
  },
  {
    vendor: comunik8,
    settings: 'key: "env:TEST_SECRET", type: motor-trade',
    standIn: () => standIns.comunik8(),
    isRead: () => false,
    operations: {
      add: [
        { readBack: { push: ['--delay', '600'], reconcile: ['--probe'] } },
        { flags: ['--test'], options: { test: true } },
      ],
      cancel: [{}],
    },
  },
  {
    vendor: calltouch,
    settings: 'token: "env:TEST_SECRET", siteId: 4711',
    standIn: () => standIns.calltouch(),
    isRead: () => false,
    operations: {
      comment: [
        {
          cells: (marker, number) => ({ phones: number, date: '2026-03-02T09:00:00Z', addComment: marker }),
        },
      ],
    },
  },
  {
    vendor: mmdial,
    settings: 'username: ops, password: "env:TEST_SECRET", campaign: 12, list: 34',
    standIn: (leads) => {
      const answer = standIns.mmDial({
        leads: leads.map(mmDialLead),
        form: Object.fromEntries(freeColumns.map((name) => [name, ''])),
      });
      return (request, own) => answer({ ...request, target: `/api${request.target}` }, own);
    },
    isRead: ({ target }) => /^(getlead|dnccheck)/.test(functionOf(target)),
    numbersOfRecord: ['phone', 'alt_phone'],
    id: (n) => `90${String(n).padStart(5, '0')}`,
    operations: {
      'leads add': [{ readBack: {} }],
      'leads edit': [
        { cells: (marker) => ({ notices: marker }), readBack: {} },
        { cells: () => ({ status: 'NEW' }), options: { redial: true } },
        { cells: () => ({ rotation: '2' }), options: { redial: true } },
        {
          cells: () => ({ status: 'NEW' }),
          flags: ['--redial'],
          options: { redial: true },
          json: true,
        },
      ],
      'dnc add': [{ readBack: {} }],
      'dnc remove': [{ flags: ['--reason', 'new consent', '--yes'] }],
    },
  },
];

import type { Vendor } from '../../core/vendor.js';
import { secret, text } from '../../core/value.js';
import { addLeads } from './add.js';
import { cancelLeads } from './cancel.js';

/** Comunik8: a dialler that calls leads (docs/vendors/comunik8.md). */
const comunik8: Vendor = {
  id: 'comunik8',
  title: 'Comunik8',
  about: 'dialler',
  defaultUrl: null,
  settings: {
    key: { type: secret, required: true, about: 'API key; it travels in the address of each request' },
    type: { type: text(), about: 'lead type of rows that name none' },
  },
  accountBy: [],
  operations: [addLeads, cancelLeads],
  commands: [],
  check: () => Promise.resolve('no read exists; the key is not checked'),
  sandbox: { key: 'sandbox-comunik8-key', type: 'motor-trade' },
  twin: async () => (await import('./twin/index.js')).default,
};

export default comunik8;

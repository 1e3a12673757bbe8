import type { Vendor } from '../../../src/core/vendor.js';
import { secret } from '../../../src/core/value.js';
import { callLeads } from './call.js';
import { fetchCall, findCall } from './find.js';

/** Ringtail: a dialler that nobody has; the smallest whole vendor. */
const ringtail: Vendor = {
  id: 'ringtail',
  title: 'Ringtail',
  about: 'invented dialler',
  defaultUrl: null,
  settings: { key: { type: secret, required: true, about: 'API key' } },
  accountBy: [],
  operations: [callLeads],
  commands: [findCall],
  async check(context) {
    await fetchCall(context, '0');
    return 'key accepted';
  },
  sandbox: { key: 'sandbox-ringtail-key' },
  twin: async () => (await import('./twin.js')).default,
};

export default ringtail;

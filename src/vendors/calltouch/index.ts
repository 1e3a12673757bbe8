import type { Vendor } from '../../core/vendor.js';
import { commentLeads } from './comment.js';

/** Calltouch: call tracking; comments on its calls and requests (docs/vendors/calltouch.md). */
const calltouch: Vendor = {
  id: 'calltouch',
  title: 'Calltouch',
  about: 'comments on calls and requests',
  defaultUrl: 'https://api.calltouch.ru',
  settings: [
    { name: 'token', kind: 'secret', required: true, about: 'API key of the cabinet' },
    { name: 'siteId', kind: 'text', required: true, about: 'id of the cabinet' },
    {
      name: 'timezone',
      kind: 'text',
      required: false,
      default: 'Europe/Moscow',
      about: 'zone of the dates that are sent',
    },
  ],
  accountBy: ['siteId'],
  operations: [commentLeads],
  commands: [],
  check: () => Promise.resolve('no read exists; the token is not checked'),
  sandbox: { token: 'sandbox-calltouch-token', siteId: 4711 },
  twin: async () => (await import('./twin/index.js')).default,
};

export default calltouch;

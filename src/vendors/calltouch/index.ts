import type { Vendor } from '../../core/vendor.js';
import { secret, text, timezone } from '../../core/value.js';
import { commentLeads } from './comment.js';

/** Calltouch: call tracking; comments on its calls and requests (docs/vendors/calltouch.md). */
const calltouch: Vendor = {
  id: 'calltouch',
  title: 'Calltouch',
  about: 'comments on calls and requests',
  defaultUrl: 'https://api.calltouch.ru',
  settings: {
    token: {
      type: secret,
      required: true,
      about: 'API key, in the cabinet under Integrations, API and Webhooks',
    },
    siteId: {
      type: text({
        test: (id) => /^[\w.-]{1,50}$/.test(id),
        expects: 'an id of letters, digits, dot, dash and underscore',
      }),
      required: true,
      about: 'id of the cabinet, beside the API key',
    },
    timezone: { type: timezone, default: 'Europe/Moscow', about: 'time zone of the dates that are sent' },
  },
  accountBy: ['siteId'],
  operations: [commentLeads],
  commands: [],
  check: () => Promise.resolve('no read exists; the token is not checked'),
  sandbox: { token: 'sandbox-calltouch-token', siteId: 4711 },
  twin: async () => (await import('./twin/index.js')).default,
};

export default calltouch;

import type { Vendor } from '../../core/vendor.js';
import { flag, secret } from '../../core/value.js';
import { importLeads } from './import.js';
import { fetchLeads, update } from './update.js';
import { removeLeads } from './remove.js';
import { webhook } from './webhook.js';

/** Sales_Q: qualifies leads in WhatsApp chats (docs/vendors/sales-q.md). */
const salesQ: Vendor = {
  id: 'sales-q',
  title: 'Sales_Q',
  about: 'WhatsApp qualification chats',
  defaultUrl: 'https://server.sales-q.com:8000',
  settings: {
    token: { type: secret, required: true, about: 'API token of the campaign; one token is one campaign' },
    scriptNumbers: {
      type: flag,
      default: false,
      about: '`state` and `next` of scripts as numbers, not text',
    },
  },
  accountBy: [],
  keyIsAccount: true,
  operations: [importLeads, removeLeads],
  commands: [update],
  webhook,
  async check(context) {
    const leads = await fetchLeads(context);
    return `token accepted, ${leads.length} leads in update`;
  },
  sandbox: { token: 'sandbox-sales-q-token' },
  twin: async () => (await import('./twin/index.js')).default,
};

export default salesQ;

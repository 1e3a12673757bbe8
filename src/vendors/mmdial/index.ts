import { plainText } from '../../core/json.js';
import type { Vendor } from '../../core/vendor.js';
import { checkExact, checkNumbers, listNumbers } from './dnc-lists.js';
import { addNumbers, removeNumbers } from './dnc.js';
import { exportLeads } from './export.js';
import { voices } from './voices.js';
import { Client } from './client.js';
import { addLeads } from './leads-add.js';
import { editLeads } from './leads-edit.js';
import { getLead } from './leads-get.js';
import { addList, fetchFields, fields, getAgent } from './campaigns.js';
import { settings } from './settings.js';

/** mmDial: a dialler (docs/vendors/mmdial.md). Sixteen functions, all of them here. */
const mmdial: Vendor = {
  id: 'mmdial',
  title: 'mmDial',
  about: 'dialler: leads, lists, do-not-call numbers, exports, recordings',
  defaultUrl: 'https://login.mmdial.de/api/',
  settings,
  accountBy: ['username'],
  operations: [addNumbers, removeNumbers, addLeads, editLeads],
  commands: [checkNumbers, listNumbers, getLead, addList, fields, exportLeads, voices, getAgent],
  async check(context) {
    const client = new Client(context);
    const { campaign } = context.settings.values;
    if (campaign !== undefined && campaign !== null) {
      const names = await fetchFields(client, plainText(campaign));
      return `login accepted, campaign ${plainText(campaign)} has ${names.length} form fields`;
    }
    await checkExact(client, '0');
    return 'login accepted; no campaign is set';
  },
  sandbox: { username: 'sandbox', password: 'sandbox-mmdial-password', campaign: 12, list: 34 },
  twin: async () => (await import('./twin/index.js')).default,
};

export default mmdial;

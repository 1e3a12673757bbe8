import { plainText } from '../../core/json.js';
import type { Vendor } from '../../core/vendor.js';
import { checkExact } from './dnc/check.js';
import { addNumbers } from './dnc/add.js';
import { checkNumbers, listNumbers } from './dnc/commands.js';
import { removeNumbers } from './dnc/remove.js';
import { exportLeads } from './files/export.js';
import { voices } from './files/voices.js';
import { Client } from './http/client.js';
import { addLeads } from './leads/add.js';
import { editLeads } from './leads/edit.js';
import { getLead } from './leads/get.js';
import { addList } from './lists.js';
import { fetchFields, fields, getAgent } from './look-ups.js';

/** mmDial: a dialler (docs/vendors/mmdial.md). Sixteen functions, all of them here. */
const mmdial: Vendor = {
  id: 'mmdial',
  title: 'mmDial',
  about: 'dialler: leads, lists, do-not-call numbers, exports, recordings',
  defaultUrl: 'https://login.mmdial.de/api/',
  settings: [
    { name: 'username', kind: 'text', required: true, about: 'user with admin rights' },
    { name: 'password', kind: 'secret', required: true, about: 'password of that user' },
    { name: 'campaign', kind: 'integer', required: false, about: 'campaign commands work in by default' },
    { name: 'list', kind: 'integer', required: false, about: 'list leads are added to by default' },
    {
      name: 'countryCode',
      kind: 'integer',
      required: false,
      default: 49,
      about: 'country code of national numbers in mmDial',
    },
    {
      name: 'auth',
      kind: 'text',
      required: false,
      default: 'auto',
      about: 'auto, basic or digest: how the login is sent',
    },
    {
      name: 'charset',
      kind: 'text',
      required: false,
      default: 'utf-8',
      about: 'charset of requests: utf-8 or iso-8859-1',
    },
    {
      name: 'urlTemplate',
      kind: 'text',
      required: false,
      default: '{base}/{function}',
      about: 'how a function is called: {base} is url, {function} its name',
    },
  ],
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

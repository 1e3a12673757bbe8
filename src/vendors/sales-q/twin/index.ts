import type { Twin, TwinFactory, TwinOverview } from '../../../core/twin.js';
import { Campaign } from './campaign.js';
import { exportOf } from './exports.js';
import { help } from './help.js';
import { route, token } from './routes.js';

const id = 'sales-q';

/** Sales_Q as its document of 11.04.2019 describes it: import, remove, update, and people who answer chats. */
const twin: TwinFactory = {
  id,
  endpoints: [
    { name: 'import', path: '/import', answers: 'json', rows: ['ids'] },
    { name: 'remove', path: '/remove', answers: 'json' },
    { name: 'update', path: '/update', answers: 'json' },
  ],
  create({ seed }): Twin {
    const campaign = new Campaign(seed);
    return {
      id,
      credentials: { token },
      secretFields: ['token'],
      help,
      advance: (now) => {
        campaign.now = Math.max(campaign.now, now);
      },
      handle: (request) => route(campaign, request),
      outgoing: () => campaign.exports().map((chat) => exportOf(chat, token)),
      delivered: (id) => {
        campaign.exported(id);
      },
      contacts: () => campaign.contacts,
      overview: () => overview(campaign),
      save: () => campaign.save(),
      load: (state) => {
        campaign.load(state);
      },
    };
  },
};

function overview(campaign: Campaign): TwinOverview {
  const statuses = [...campaign.statuses()].sort(([a], [b]) => (a < b ? -1 : 1));
  return { title: 'Sales_Q, WhatsApp chats', rows: [['imports', campaign.imports], ...statuses] };
}

export default twin;

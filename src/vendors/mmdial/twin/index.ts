import type { Twin, TwinFactory, TwinOverview } from '../../../core/twin.js';
import { password, username } from './auth.js';
import { Centre } from './centre.js';
import { help } from './help.js';
import { endpoints, route } from './routes.js';

const id = 'mmdial';

/** mmDial as the API page of its wiki describes it: sixteen functions, and a dialler that calls people. */
const twin: TwinFactory = {
  id,
  endpoints,
  create({ seed }): Twin {
    const centre = new Centre(seed);
    return {
      id,
      credentials: { username, password, campaign: '12', list: '34' },
      secretFields: ['password'],
      help,
      advance: (now) => {
        centre.advance(now);
      },
      handle: (request) => route(centre, request),
      contacts: () => centre.contacts,
      overview: () => overview(centre),
      save: () => centre.save(),
      load: (state) => {
        centre.load(state);
      },
    };
  },
};

function overview(centre: Centre): TwinOverview {
  return {
    title: 'mmDial, a dialler',
    rows: [
      ['leads', centre.leads.length],
      ['lists', centre.lists.length],
      ['numbers not to call', centre.blocked.size],
      ['waiting to be called', centre.waiting],
      ['calls', centre.contacts.length],
      ['recordings', centre.recordings.length],
    ],
  };
}

export default twin;

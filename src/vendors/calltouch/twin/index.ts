import type { Twin, TwinFactory, TwinOverview } from '../../../core/twin.js';
import { Cabinet } from './cabinet.js';
import { help } from './help.js';
import { route, siteId, token } from './routes.js';

const id = 'calltouch';

/**
 * Calltouch as the document of its lead comments describes it, with a journal to match in. The limit of requests
 * a second that the vendor states elsewhere is left out: virtual time runs faster than the requests come.
 */
const twin: TwinFactory = {
  id,
  endpoints: [
    {
      name: 'comment/lead/add',
      path: '/lead-service/v1/api/comment/lead/add',
      answers: 'json',
      rows: ['data', 'comments'],
    },
  ],
  create({ seed }): Twin {
    const cabinet = new Cabinet(seed);
    return {
      id,
      credentials: { token, siteId },
      secretFields: ['access-token'],
      help,
      advance: (now) => {
        cabinet.advance(now);
      },
      handle: (request) => route(cabinet, request),
      // A comment is read by whoever opens the lead: it reaches no person outside.
      contacts: () => [],
      overview: () => overview(cabinet),
      save: () => cabinet.save(),
      load: (state) => {
        cabinet.load(state);
      },
    };
  },
};

function overview(cabinet: Cabinet): TwinOverview {
  const { requests, refused, notMatched, comments } = cabinet.state;
  return {
    title: 'Calltouch, comments on leads',
    rows: [
      ['requests taken', requests],
      ['requests refused', refused],
      ['comments', comments.length],
      ['leads with a comment', cabinet.commentedLeads()],
      ['comments written twice', cabinet.repeated()],
      ['leads not found', notMatched],
    ],
  };
}

export default twin;

import type { Twin, TwinFactory, TwinOverview } from '../../../core/twin.js';
import { Dialler } from './dialler.js';
import { help } from './help.js';
import { key, route, types } from './routes.js';

const id = 'comunik8';

/** Comunik8 as its public page "Leads API" describes it: add, cancel, and a dialler that calls. Nothing is drawn by seed. */
const twin: TwinFactory = {
  id,
  endpoints: [
    { name: 'lead/add', path: '/lead/add', answers: 'json' },
    { name: 'lead/cancel', path: '/lead/cancel', answers: 'json' },
  ],
  create(): Twin {
    const dialler = new Dialler();
    return {
      id,
      credentials: { key, type: types[0] ?? '' },
      secretFields: ['key'],
      help,
      advance: (now) => {
        dialler.advance(now);
      },
      handle: (request) => route(dialler, request),
      contacts: () => dialler.contacts(),
      overview: () => overview(dialler),
      save: () => dialler.save(),
      load: (state) => {
        dialler.load(state);
      },
    };
  },
};

function overview(dialler: Dialler): TwinOverview {
  const { counts } = dialler;
  return {
    title: 'Comunik8, dialler',
    rows: [
      ['leads accepted', counts.accepted],
      ['waiting for their call', dialler.waiting],
      ['dialled', dialler.dialled],
      ['cancelled', counts.cancelled],
      ['saved but not processed', counts.refusedAfterSaving],
      ['tests', counts.tests],
    ],
  };
}

export default twin;

import type {
  Twin,
  TwinAnswer,
  TwinEndpoint,
  TwinFactory,
  TwinOverview,
  TwinRequest,
} from '../../../core/twin.js';
import { Centre } from './centre.js';
import { endings, mostAttempts } from './dialler.js';
import { dncAdd, dncCheck, dncDel, dncGet, readNumbers } from './dnc.js';
import {
  exportByStatus,
  exportFile,
  getFieldsByCampaign,
  searchVoiceByAgent,
  searchVoiceByLeadId,
  searchVoiceByPhoneNumber,
  voiceFile,
} from './files.js';
import {
  addLead,
  addList,
  editLead,
  getAgentById,
  getLeadByExternalId,
  getLeadById,
  getLeadByPhoneNumber,
} from './leads.js';
import { readText, readTexts, webPage } from './php.js';
import {
  type ApiFunction,
  type ApiRequest,
  password,
  readRequest,
  refuseLogin,
  username,
} from './request.js';

/**
 * Functions by name. The document spells the external one with a `p`; later revisions of it without: both are there.
 */
const functions: ReadonlyMap<string, ApiFunction> = new Map([
  ['searchvoicebyleadid', searchVoiceByLeadId],
  ['searchvoicebyphonenumber', searchVoiceByPhoneNumber],
  ['searchvoicebyagent', searchVoiceByAgent],
  ['getfieldsbycampaign', getFieldsByCampaign],
  ['exportbystatus', exportByStatus],
  ['dncadd', dncAdd],
  ['dncdel', dncDel],
  ['dncget', dncGet],
  ['dnccheck', dncCheck],
  ['getleadbyid', getLeadById],
  ['getleadbyphonenumber', getLeadByPhoneNumber],
  ['getleadbypexternalid', getLeadByExternalId],
  ['getleadbyexternalid', getLeadByExternalId],
  ['addlist', addList],
  ['addlead', addLead],
  ['editlead', editLead],
  ['getagentbyid', getAgentById],
]);

/** `dncget` gives its list as text, everything else of the API answers JSON; recordings and exports are files. */
const endpoints: readonly TwinEndpoint[] = [
  ...[...functions.keys()].map((name): TwinEndpoint => ({
    name,
    path: `/${name}`,
    answers: name === 'dncget' ? 'file' : 'json',
  })),
  { name: 'files/voice', path: '/files/voice/', answers: 'file' },
  { name: 'files/export', path: '/files/export/', answers: 'file' },
];

/**
 * Answers a request as the vendor's document says. It names arguments GET or POST, not requests: what counts is
 * whether an argument stands in the query or in the form.
 */
function answerRequest(centre: Centre, request: TwinRequest): TwinAnswer {
  const refused = refuseLogin(request, centre.seed, centre.now);
  if (refused) return refused;
  if (!/^(GET|HEAD|POST)$/.test(request.method)) return webPage(405, 'Method Not Allowed');
  const [, folder, id = ''] = /^\/files\/(voice|export)\/(\d+)\.(?:wav|csv)$/.exec(request.path) ?? [];
  if (folder === 'voice') return voiceFile(centre, request, id);
  if (folder === 'export') return exportFile(centre, request, id);
  const name = request.path.slice(1);
  const call = functions.get(name);
  return call ? callOrSpoil(name, call, readRequest(centre, request)) : webPage(404, 'Not Found');
}

/** How an answer is spoiled on its way. Unless it is `down`, the function has done its work. */
type Spoiling = 'html' | 'empty' | 'down';

const spoilings: readonly (readonly [ending: string, Spoiling])[] = [
  ['446', 'html'],
  ['447', 'empty'],
  ['448', 'down'],
];

/** Calls a function, and spoils its answer where the arguments ask for it (see help). */
function callOrSpoil(name: string, call: ApiFunction, request: ApiRequest): TwinAnswer {
  const fault = findFault(name, request);
  if (fault === 'down') return webPage(500, 'Internal Server Error');
  const answer = call(request);
  if (fault === null) return answer;
  const { changed = false } = answer;
  if (fault === 'html') return { ...webPage(200, 'Wartungsarbeiten'), changed };
  return { status: 200, headers: { 'content-type': 'text/html' }, body: '', changed };
}

function findFault(name: string, request: ApiRequest): Spoiling | null {
  const ids = ['leadid', 'agentid', 'campaign_id'].map(
    (key) => readText(request.get, key) ?? readText(request.post, key),
  );
  const written = textsWrittenBy(name, request);
  for (const [ending, fault] of spoilings) {
    if (ids.includes(`990${ending}`) || written.some((value) => value.endsWith(ending))) return fault;
  }
  return null;
}

/** The numbers or texts a writing function writes; empty for reading ones, so that one can always read back. */
function textsWrittenBy(name: string, request: ApiRequest): readonly string[] {
  if (name === 'dncadd' || name === 'dncdel') return readNumbers(request) ?? [];
  if (name === 'addlist') return [readText(request.post, 'description') ?? ''];
  if (name === 'addlead') return [readTexts(request.post, 'leaddata')?.get('phone') ?? ''];
  if (name === 'editlead') return [request.centre.lead(readText(request.get, 'leadid'))?.data.phone ?? ''];
  return [];
}

/**
 * How to reach each documented state and failure, and what was chosen where the document is silent; shown by the
 * sandbox.
 */
const help: readonly string[] = [
  'Login: Basic or Digest (MD5, SHA-256). Wrong or missing: 401 with a web page. A nonce is good for a day (then stale=true).',
  'Campaign 12 is dialled: lists 34, 35. Campaign 13 is not: lists 36, 37. Leads 10001 to 10060, agents 7 to 12.',
  'A lead added to campaign 12, or edited in status or rotation, is called within five minutes, at any hour of the day.',
  ...Object.entries(endings).map(([digits, { about }]) => `Phone ending in ${digits}: ${about}.`),
  `Any other phone: decided by the seed; at most ${mostAttempts} calls, of which the first one counts as a new contact.`,
  'addlead, phone ending in 000: invaliderror with invalidcheck=yes. So are fewer than 6 and more than 15 digits.',
  'addlead, phone ending in 440: error. 444: sqlerror. 445: sqlerror, yet the lead is there. 449: all counts 0, nothing added.',
  'addlead, letters in phone or alt_phone, a birthdate that is no date, country_phone_code with other than digits: formaterror.',
  'addlead without one of the three checks, or with a list of another campaign: error. Campaign 99: status error, no lead_stats.',
  'dncadd, dncdel, a number ending in 440: error, nothing changed. editlead of a lead whose phone ends so, addlist with such a description: error.',
  'Writing functions, number, phone or description ending in 446: done, but the answer is a web page. 447: done, empty answer. 448: not done, 500.',
  'Any function with leadid, agentid or campaign_id 990446, 990447, 990448: the same three answers.',
  'Film numbers for three free digits: 03023125000 to 03023125999. 01713920000 ends in 000.',
  'An argument in the query that belongs in the form, or the other way round, is missing. A + in a query is a space: write %2B.',
  'Numbers are compared as they are written: 0171…, 49171…, 0049171…, +49171… are four. So are they for doublets, dnccheck and the dialler.',
  'A listed number is not called (status DNCL), unless the lead has it in another notation: 01713920011 of lead 10002 is listed as +491713920011.',
  'dnccheck fuzzy=yes finds entries that contain the number: 1713920011 finds every notation, 01713920011 does not.',
  'dncadd of several numbers adds those not listed yet and answers doublet where one was. dncdel answers error where none was listed.',
  'dncget: one column without header; with a seed divisible by 3 a header and three columns.',
  'Recordings: one is an object, two a list, three or more a map. Lead 10004 has none, 10001 one, 10002 two, 10003 three.',
  'A recording is there from 10 minutes to 90 days after its call (available), else its url answers 404. Range requests are served.',
  'Export: status=A instead of status[]=A, no selectedfields, an unknown customerfield_, a wrong date: status error without a reason.',
  'Export: ISO-8859-1 cannot hold every name and no € (broken_data_count), Windows-1252 holds the €. The last 20 files are kept.',
  'Numbers in answers come as text or as numbers, an empty map as [], JSON also as text/html, file urls also without a host.',
];

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
      advance: (now) => centre.advance(now),
      handle: (request) => answerRequest(centre, request),
      contacts: () => centre.contacts,
      overview: () => overview(centre),
      save: () => centre.save(),
      load: (state) => centre.load(state),
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

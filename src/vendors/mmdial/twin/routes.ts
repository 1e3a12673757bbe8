import type { TwinAnswer, TwinEndpoint, TwinRequest } from '../../../core/twin.js';
import { addLead, addList } from './add-functions.js';
import { page } from './answers.js';
import type { ApiFunction } from './ask.js';
import { askOf } from './ask.js';
import { refuseLogin } from './auth.js';
import type { Centre } from './centre.js';
import { dncAdd, dncCheck, dncDel, dncGet } from './dnc.js';
import { exportByStatus, exportFile, getFieldsByCampaign } from './export.js';
import {
  editLead,
  getAgentById,
  getLeadByExternalId,
  getLeadById,
  getLeadByPhoneNumber,
} from './lead-functions.js';
import { callOrSpoil } from './spoil.js';
import { searchVoiceByAgent, searchVoiceByLeadId, searchVoiceByPhoneNumber, voiceFile } from './voices.js';

/** By name. The document spells the external one with a `p`; later revisions of it without: both are there. */
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
export const endpoints: readonly TwinEndpoint[] = [
  ...[...functions.keys()].map((name): TwinEndpoint => ({
    name,
    path: `/${name}`,
    answers: name === 'dncget' ? 'file' : 'json',
  })),
  { name: 'files/voice', path: '/files/voice/', answers: 'file' },
  { name: 'files/export', path: '/files/export/', answers: 'file' },
];

/**
 * Answers a request by the vendor's document. It names arguments GET or POST, not requests: what counts is whether an
 * argument stands in the query or in the form.
 */
export function route(centre: Centre, request: TwinRequest): TwinAnswer {
  const refused = refuseLogin(request, centre.seed, centre.now);
  if (refused) return refused;
  if (!/^(GET|HEAD|POST)$/.test(request.method)) return page(405, 'Method Not Allowed');
  const [, folder, id = ''] = /^\/files\/(voice|export)\/(\d+)\.(?:wav|csv)$/.exec(request.path) ?? [];
  if (folder === 'voice') return voiceFile(centre, request, id);
  if (folder === 'export') return exportFile(centre, request, id);
  const name = request.path.slice(1);
  const call = functions.get(name);
  return call ? callOrSpoil(name, call, askOf(centre, request)) : page(404, 'Not Found');
}

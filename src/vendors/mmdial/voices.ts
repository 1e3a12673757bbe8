import path from 'node:path';
import { Exit, usageError, UserError } from '../../core/errors.js';
import { type Files, FileError } from '../../core/files.js';
import { type Json, type JsonObject, isObject, parseJson, plainText, writeJson } from '../../core/json.js';
import { type Values, path as folderPath, specs, text } from '../../core/value.js';
import type { VendorCommand } from '../../core/vendor.js';
import { type Call, type Pair, Client } from './client.js';
import {
  type DownloadTarget,
  type Voice,
  areVoices,
  downloadVoice,
  fileAddress,
  keptVoice,
  readVoices,
  resolveAll,
  safeNames,
} from './download.js';
import { isoDate, stamp, wallTime } from './notation.js';
import { readObject, reportOf, unusableAnswer } from './read.js';
import { givenOf, phoneOption } from './settings.js';

const searches = {
  lead: ['searchvoicebyleadid', 'leadid'],
  phone: ['searchvoicebyphonenumber', 'phone'],
  agent: ['searchvoicebyagent', 'agentid'],
} as const;

const options = specs({
  lead: { flag: '--lead <id>', about: "mmDial's id of the lead", type: text() },
  phone: phoneOption,
  agent: { flag: '--agent <id>', about: 'id of the agent', type: text() },
  date: {
    flag: '--date <date>',
    about: 'only of this ISO day, or of this moment (with --phone or --agent)',
    type: wallTime,
  },
  download: {
    flag: '--download <folder>',
    about: 'save the recordings there, with a manifest.json; goes on where it stopped',
    type: folderPath,
  },
});

/**
 * `searchvoicebyleadid`, `…byphonenumber`, `…byagent` (docs/vendors/mmdial.md#searchvoicebyleadid): recordings, and the
 * files themselves.
 */
export const voices: VendorCommand<typeof options> = {
  id: 'voices',
  summary: 'list recordings of a lead, number or agent, and download them',
  options,
  async run({ context, cwd, files, options: flags }) {
    const client = new Client(context);
    const body = await readObject(client, voiceCall(flags));
    if (!areVoices(body['voices'])) throw unusableAnswer('the answer holds no list of recordings');
    const found = readVoices(body['voices']);
    const folder = flags.download === undefined ? null : path.resolve(cwd, flags.download);
    const records: JsonObject[] =
      folder === null
        ? found.map((voice) => ({ ...voice }))
        : await downloadAll(client, found, { files, folder });
    const failed = records.filter(({ problem }) => problem !== undefined).length;
    return reportOf({
      schema: 'voices',
      document: { count: found.length, failed, voices: records },
      records,
      empty: 'No recordings.',
      exit: failed > 0 ? Exit.partial : Exit.ok,
    });
  },
};

/** The search the flags ask for. Throws UserError (exit 2). */
export function voiceCall(flags: Values<typeof options>): Call {
  const [way, value] = givenOf(flags, ['lead', 'phone', 'agent'], {
    message: 'Give one of --lead, --phone and --agent',
    hint: '`salesq mmdial voices --lead 4711`',
  });
  const [name, argument] = searches[way];
  const query: Pair[] = [[argument, value]];
  const { date: at } = flags;
  if (at === undefined) return { name, query };
  if (way === 'lead')
    throw usageError({
      code: 'usage.bad-value',
      message: '--date goes with --phone or --agent, not with --lead',
    });
  return { name, query: [...query, at.time === null ? ['date', isoDate(at)] : ['timestamp', stamp(at)]] };
}

async function downloadAll(
  client: Client,
  found: readonly Voice[],
  { files, folder }: Omit<DownloadTarget, 'name'>,
): Promise<JsonObject[]> {
  await files.privateFolder(folder);
  const names = safeNames(found);
  const records: JsonObject[] = [];
  const { context } = client;
  for (const [index, voice] of found.entries()) {
    if (context.signal.aborted) break;
    const record = await downloadOne(client, voice, { files, folder, name: names[index] ?? 'voice' });
    records.push(record);
    const word = typeof record['problem'] === 'string' ? record['problem'] : plainText(record['file']);
    if (found.length > 1 || record['problem'] !== undefined)
      context.warn(`recording ${index + 1} of ${found.length}: ${word}`);
    await writeManifest(files, folder, records);
  }
  return records;
}

async function downloadOne(client: Client, voice: Voice, target: DownloadTarget): Promise<JsonObject> {
  const { url: _url, ...known } = voice;
  try {
    const kept = await keptVoice(voice, target);
    if (kept) return { ...known, ...kept };
    if (!voice.available)
      return { ...known, problem: 'mmDial says it is not available', code: 'vendor.not-available' };
    const address = await fileAddress(voice.url, client.context.settings.url, resolveAll);
    return { ...known, ...(await downloadVoice(client, voice, address, target)) };
  } catch (error) {
    if (!(error instanceof UserError) || error.exit === Exit.credentials || error.exit === Exit.unusable)
      throw error;
    return { ...known, problem: error.message, code: error.code };
  }
}

/** What lies in the folder, by recid: recordings of earlier searches stay in it. */
async function writeManifest(files: Files, folder: string, records: readonly JsonObject[]): Promise<void> {
  const file = path.join(folder, 'manifest.json');
  const text = await files.readText(file).catch((error: unknown) => {
    if (error instanceof FileError && error.why === 'missing') return '';
    throw error;
  });
  const before = parseJson(text);
  const listed =
    isObject(before) && Array.isArray(before['voices']) ? (before['voices'] as readonly Json[]) : [];
  const names = new Set(records.map(({ recid, timestamp }) => `${plainText(recid)} ${plainText(timestamp)}`));
  const others = listed
    .filter(isObject)
    .filter(({ recid, timestamp }) => !names.has(`${plainText(recid)} ${plainText(timestamp)}`));
  const manifest = { schema: 'salesq/mmdial-voices@1', voices: [...others, ...records] };
  await files.writeWhole(file, `${writeJson(manifest, 2)}\n`, { mode: 'private', replace: true });
}

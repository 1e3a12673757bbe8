import { isUtf8 } from 'node:buffer';
import path from 'node:path';
import { temporary } from '../../core/errors.js';
import { type Json, type JsonObject, plainText } from '../../core/json.js';
import type { Report } from '../../core/report.js';
import { type Values, choice, parsed, path as filePath, specs, text } from '../../core/value.js';
import type { VendorCommand } from '../../core/vendor.js';
import { statusOf, textOf } from './answers.js';
import { fetchFields } from './campaigns.js';
import { type Call, type Pair, Client, longTimeoutMs, phpList } from './client.js';
import { fileAddress, resolveAll } from './download.js';
import { leadKeys } from './leads.js';
import { germanDate, wallTime } from './notation.js';
import { parseCsv, reading, readObject, refusedBy, reportOf, unusableAnswer } from './read.js';
import { campaignOption } from './settings.js';

const maxExportBytes = 200_000_000;
/** Longest field list that travels in the URL; a longer one goes in a POST body, which is documented too. */
const longestQuery = 1_000;

/** Names parted by commas; a name with another separator stays whole. */
const names = parsed('names', 'names parted by a comma', (value) =>
  value
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean),
);

const dateTypes = ['last_phone', 'last_edit', 'imported_date'] as const;

const options = specs({
  campaign: campaignOption('the campaign (default: of the profile)'),
  status: {
    flag: '--status <status>',
    about: 'only leads of this status (repeatable)',
    type: text(),
    many: true,
  },
  dateType: {
    flag: '--date-type <type>',
    about: `what --from and --to are about: ${dateTypes.join(', ')}`,
    type: choice(dateTypes),
  },
  from: {
    flag: '--from <time>',
    about: "from this ISO date or time on, by the dialler's clock",
    type: wallTime,
  },
  to: { flag: '--to <time>', about: 'up to this ISO date or time', type: wallTime },
  fields: {
    flag: '--fields <names>',
    about:
      'columns, with commas (repeatable): customerfield_… of leads, webformfield_… of forms; default: all',
    type: names,
    many: true,
  },
  out: {
    flag: '--out <file>',
    about: 'write the CSV to this file instead of printing the records',
    type: filePath,
  },
});
type ExportFlags = Values<typeof options>;

/**
 * `exportbystatus` (docs/vendors/mmdial.md#exportbystatus): mmDial writes a CSV file, which is fetched and turned into
 * UTF-8.
 */
export const exportLeads: VendorCommand<typeof options> = {
  id: 'export',
  summary: 'export the leads of a campaign as UTF-8 CSV, or print them',
  options,
  async run({ context, cwd, files, options: flags }) {
    const client = new Client(context);
    const { campaign, out } = flags;
    const call = exportCall(flags, await fieldsOf(client, campaign, flags.fields.flat()));
    const body = await readObject(client, call);
    if (statusOf(body) !== 'ok') throw unusableAnswer('exportbystatus said neither ok nor error');
    const broken = Number(plainText(body['broken_data_count']) || 0);
    if (broken > 0) context.warn(`mmDial could not turn ${broken} records into UTF-8: look at them there`);
    const text = await fetchExport(client, body);
    if (out === undefined) return recordsReport(campaign, broken, await parseCsv(text));
    await files.writeWhole(path.resolve(cwd, out), text, { mode: 'private', replace: true });
    return fileReport(campaign, broken, out, text, await parseCsv(text));
  },
};

/**
 * `selectedfields`, which the document does not mark as optional: those asked for, else every key of `leaddata` it knows
 * and every field of the campaign's order form. A name with a comma cannot be asked for.
 */
async function fieldsOf(
  client: Client,
  campaign: string,
  asked: readonly string[],
): Promise<readonly string[]> {
  if (asked.length > 0) return asked;
  const form = await fetchFields(client, campaign);
  const odd = form.filter((name) => name.includes(','));
  if (odd.length > 0)
    client.context.warn(`${odd.length} form fields have a comma in their name and are left out`);
  return [
    ...leadKeys.map((key) => `customerfield_${key}`),
    ...form.filter((name) => !name.includes(',')).map((name) => `webformfield_${name}`),
  ];
}

/** The call for these flags: `encoding` is always said, since the default would be ISO-8859-1. */
export function exportCall(flags: ExportFlags, fields: readonly string[]): Call {
  const { campaign, status, dateType } = flags;
  const query: Pair[] = [['campaign_id', campaign], ...phpList('status', status)];
  if (dateType !== undefined) query.push(['datetype', dateType]);
  for (const name of ['from', 'to'] as const) {
    const at = flags[name];
    if (at === undefined) continue;
    query.push([`${name}date`, germanDate(at)]);
    if (at.time !== null) query.push([`${name}time`, at.time]);
  }
  const selected: Pair = ['selectedfields', fields.join(',')];
  const encoding: Pair = ['encoding', 'UTF-8'];
  const timed = { name: 'exportbystatus', timeoutMs: longTimeoutMs };
  if (selected[1].length > longestQuery) return { ...timed, query, form: [selected, encoding] };
  return { ...timed, query: [...query, selected, encoding] };
}

/** The file an answer points to, as text. Throws UserError where it is missing, cut, or no CSV. */
async function fetchExport(client: Client, body: JsonObject): Promise<string> {
  const given = plainText(body['url']);
  if (given === '') throw refusedBy(client, body, 'to give an address of the export');
  const { context } = client;
  const { url, own } = await fileAddress(given, context.settings.url, resolveAll);
  const limits = { timeoutMs: longTimeoutMs, maxBytes: maxExportBytes };
  const answer = await reading(client, () => client.file(url, own, limits));
  const size = plainText(body['size']);
  if (/^\d+$/.test(size) && Number(size) !== answer.body.length) {
    throw temporary({
      code: 'vendor.size-mismatch',
      message: `The export has ${answer.body.length} bytes, mmDial announced ${size}: it is not taken`,
      hint: 'Export again; nothing was written',
    });
  }
  const text = textOf(answer.body);
  if (/^\s*<(?:!doctype|html)/i.test(text)) throw unusableAnswer('the export is a web page, not a CSV');
  if (!isUtf8(answer.body))
    context.warn('The export is not UTF-8 although it was asked for; read as windows-1252');
  return text;
}

/** Header and lines as records; a header that stands twice gets a number, so that no column is lost. */
export function recordsOf(rows: readonly (readonly string[])[]): JsonObject[] {
  const [header = [], ...lines] = rows;
  const seen = new Map<string, number>();
  const names = header.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
  return lines.map((cells) => {
    const record = Object.create(null) as Record<string, Json>;
    cells.forEach((cell, index) => (record[names[index] ?? `column ${index + 1}`] = cell));
    return record;
  });
}

function recordsReport(campaign: string, broken: number, rows: readonly (readonly string[])[]): Report {
  const records = recordsOf(rows);
  const document = { campaign, count: records.length, broken, leads: records };
  return reportOf({ schema: 'export', document, records, empty: 'No leads.' });
}

function fileReport(
  campaign: string,
  broken: number,
  file: string,
  text: string,
  rows: readonly unknown[],
): Report {
  const count = Math.max(0, rows.length - 1);
  const record = { file, count, bytes: Buffer.byteLength(text), broken };
  return reportOf({ schema: 'export', document: { campaign, ...record }, records: [record], empty: '' });
}

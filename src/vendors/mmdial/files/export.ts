import path from 'node:path';
import { temporary, usageError } from '../../../core/errors.js';
import { plainText } from '../../../core/json.js';
import type { Json, JsonObject } from '../../../core/json.js';
import type { Report } from '../../../core/report.js';
import type { OptionValues, VendorCommand } from '../../../core/vendor.js';
import { statusOf, textOf } from '../answers.js';
import { Client, longTimeoutMs } from '../http/client.js';
import type { Call } from '../http/client.js';
import type { Pair } from '../http/encode.js';
import { phpList } from '../http/encode.js';
import { leadKeys } from '../leads/fields.js';
import { fetchFields } from '../look-ups.js';
import { parseCsv, reading, readObject, refusedBy, reportOf, unusableAnswer } from '../read.js';
import { needed } from '../settings.js';
import { fileAddress, resolveAll } from './download.js';
import { germanDate, wallTime } from '../notation.js';

const maxExportBytes = 200_000_000;
/** Longest field list that travels in the URL; a longer one goes in a POST body, which is documented too. */
const longestQuery = 1_000;

const dateTypes = ['last_phone', 'last_edit', 'imported_date'] as const;

/**
 * `exportbystatus` (docs/vendors/mmdial.md#exportbystatus): mmDial writes a CSV file, which is fetched and turned into
 * UTF-8.
 */
export const exportLeads: VendorCommand = {
  id: 'export',
  summary: 'export the leads of a campaign as UTF-8 CSV, or print them',
  options: [
    { flags: '--campaign <id>', about: 'the campaign (default: of the profile)' },
    { flags: '--status <status>', about: 'only leads of this status (repeatable)', many: true },
    { flags: '--date-type <type>', about: `what --from and --to are about: ${dateTypes.join(', ')}` },
    { flags: '--from <time>', about: "from this ISO date or time on, by the dialler's clock" },
    { flags: '--to <time>', about: 'up to this ISO date or time' },
    {
      flags: '--fields <names>',
      about:
        'columns, with commas (repeatable): customerfield_… of leads, webformfield_… of forms; default: all',
      many: true,
    },
    { flags: '--out <file>', about: 'write the CSV to this file instead of printing the records' },
  ],
  async run({ context, cwd, files, options }) {
    const client = new Client(context);
    const campaign = needed(context.settings, options, 'campaign', '--campaign');
    const call = exportCall(campaign, options, await fieldsOf(client, campaign, options));
    const body = await readObject(client, call);
    if (statusOf(body) !== 'ok') throw unusableAnswer('exportbystatus said neither ok nor error');
    const broken = Number(plainText(body['broken_data_count']) || 0);
    if (broken > 0) context.warn(`mmDial could not turn ${broken} records into UTF-8: look at them there`);
    const text = await fetchExport(client, body);
    const out = typeof options['out'] === 'string' ? options['out'] : null;
    if (out === null) return recordsReport(campaign, broken, await parseCsv(text));
    await files.writeWhole(path.resolve(cwd, out), text, { mode: 'private', replace: true });
    return fileReport(campaign, broken, out, text, await parseCsv(text));
  },
};

const listOption = (options: OptionValues, name: string): string[] =>
  ((options[name] ?? []) as readonly string[]).map((value) => value.trim()).filter(Boolean);

/**
 * `selectedfields`, which the document does not mark as optional: those asked for, else every key of `leaddata` it knows
 * and every field of the campaign's order form. A name with a comma cannot be asked for.
 */
async function fieldsOf(client: Client, campaign: string, options: OptionValues): Promise<string[]> {
  const asked = listOption(options, 'fields').flatMap((names) => names.split(','));
  const names = asked.map((name) => name.trim()).filter(Boolean);
  if (names.length > 0) return names;
  const form = await fetchFields(client, campaign);
  const odd = form.filter((name) => name.includes(','));
  if (odd.length > 0)
    client.context.warn(`${odd.length} form fields have a comma in their name and are left out`);
  return [
    ...leadKeys.map((key) => `customerfield_${key}`),
    ...form.filter((name) => !name.includes(',')).map((name) => `webformfield_${name}`),
  ];
}

/** The call for these flags: `encoding` is always said, since the default would be ISO-8859-1. Throws UserError (exit 2). */
export function exportCall(campaign: string, options: OptionValues, fields: readonly string[]): Call {
  const query: Pair[] = [['campaign_id', campaign], ...phpList('status', listOption(options, 'status'))];
  const dateType = options['dateType'];
  if (typeof dateType === 'string') {
    if (!(dateTypes as readonly string[]).includes(dateType)) {
      throw usageError({ code: 'usage.bad-value', message: `--date-type takes ${dateTypes.join(', ')}` });
    }
    query.push(['datetype', dateType]);
  }
  for (const name of ['from', 'to'] as const) {
    const value = options[name];
    if (typeof value !== 'string') continue;
    const at = wallTime(value, `--${name}`);
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

function isUtf8(bytes: Uint8Array): boolean {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes) !== undefined;
  } catch {
    return false;
  }
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

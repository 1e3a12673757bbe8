import { stringify } from 'csv-stringify/sync';
import iconv from 'iconv-lite';
import type { TwinAnswer, TwinRequest } from '../../../core/twin.js';
import { page } from './answers.js';
import type { ApiFunction, Ask } from './ask.js';
import { clockTime, germanDate, localTime } from './berlin.js';
import type { Centre } from './centre.js';
import { serve } from './files.js';
import { customerFields, leadData } from './lead-functions.js';
import type { Lead } from './model.js';
import { campaignOf } from './model.js';
import { text, texts } from './php.js';

const encodings = ['ISO-8859-1', 'Windows-1252', 'UTF-8'] as const;

const dateTypes = { last_phone: 'lastPhone', last_edit: 'lastEdit', imported_date: 'importedAt' } as const;

type DateType = keyof typeof dateTypes;

/** Thrown where arguments cannot be used. The document has no place for a reason, so there is none in the answer. */
class Unusable extends Error {}

/** All that fit all criteria, as a CSV file with semicolons and a header of the names as they were asked for. */
export const exportByStatus: ApiFunction = (ask) => {
  try {
    return makeExport(ask);
  } catch (error) {
    if (error instanceof Unusable) return ask.give({ status: 'error' });
    throw error;
  }
};

function makeExport(ask: Ask): TwinAnswer {
  const campaign = campaignOf(text(ask.get, 'campaign_id'));
  if (!campaign) throw new Unusable('campaign');
  const [fields, encoding] = [fieldsOf(ask), encodingOf(ask)];
  const [hasStatus, isInTime] = [statusFilter(ask), timeFilter(ask)];
  const leads = ask.centre.leads.filter(
    (lead) => lead.campaign === campaign.id && hasStatus(lead) && isInTime(lead),
  );
  const rows = leads.map((lead) => fields.map((field) => cell(lead, field)));
  const options = { delimiter: ';', record_delimiter: 'windows' } as const;
  const file = ask.centre.addExport(
    stringify([fields.map(({ asked }) => asked), ...rows], options),
    encoding,
  );
  const answer = {
    status: 'ok',
    file_id: file.id,
    size: iconv.encode(file.text, encoding).length,
    url: ask.fileUrl(`/files/export/${file.id}.csv`),
    broken_data_count: rows.filter((row) => isBroken(row.join(), encoding)).length,
  };
  return ask.give(answer, true);
}

interface Field {
  /** With its prefix. */
  readonly asked: string;
  readonly name: string;
  readonly ofForm: boolean;
}

function fieldsOf(ask: Ask): Field[] {
  const list = text(ask.post, 'selectedfields') ?? text(ask.get, 'selectedfields');
  if (list === null) throw new Unusable('selectedfields');
  return list.split(',').map((asked) => {
    const [, prefix = '', name = ''] = /^(customerfield|webformfield)_(.+)$/.exec(asked.trim()) ?? [];
    const ofForm = prefix === 'webformfield';
    if (name === '' || (!ofForm && !customerFields.includes(name))) throw new Unusable('selectedfields');
    return { asked: asked.trim(), name, ofForm };
  });
}

/** A field of the form that a lead does not have is empty. */
function cell(lead: Lead, { name, ofForm }: Field): string {
  if (ofForm) return new Map(lead.form).get(name) ?? '';
  const value = new Map(Object.entries(leadData(lead))).get(name) ?? '';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function encodingOf(ask: Ask): string {
  const asked = (text(ask.post, 'encoding') ?? text(ask.get, 'encoding') ?? 'ISO-8859-1').toLowerCase();
  const encoding = encodings.find((name) => name.toLowerCase() === asked);
  if (!encoding) throw new Unusable('encoding');
  return encoding;
}

/** Whether something of a record is lost: it is exported with `?` in its place. */
const isBroken = (record: string, encoding: string): boolean =>
  iconv.decode(iconv.encode(record, encoding), encoding) !== record;

/** Every status where none is asked for. A single `status=A` is no array and refused: better than all leads. */
function statusFilter(ask: Ask): (lead: Lead) => boolean {
  const wanted = texts(ask.get, 'status');
  if (!wanted && ask.get.has('status')) throw new Unusable('status');
  const set = new Set(wanted?.values());
  return wanted ? (lead) => set.has(lead.status) : () => true;
}

/**
 * `datetype` is called a choice and an array (docs/vendors/mmdial.md#exportbystatus): either is taken; `imported_date`
 * if none.
 */
function timeFilter(ask: Ask): (lead: Lead) => boolean {
  const one = text(ask.get, 'datetype');
  const types = one === null ? [...(texts(ask.get, 'datetype')?.values() ?? ['imported_date'])] : [one];
  if (!types.every((type): type is DateType => Object.hasOwn(dateTypes, type)))
    throw new Unusable('datetype');
  const from = moment(ask, 'from', '00:00:00');
  const to = moment(ask, 'to', '23:59:59');
  if (from === null && to === null) return () => true;
  return (lead) =>
    types.some((type) => {
      const at = lead[dateTypes[type]];
      const time = at === null ? null : localTime(at);
      return time !== null && (from === null || time >= from) && (to === null || time <= to);
    });
}

/** Local time as text that sorts; null where there is no date. */
function moment(ask: Ask, end: 'from' | 'to', otherwise: string): string | null {
  const [dateText, timeText] = [text(ask.get, `${end}date`), text(ask.get, `${end}time`)];
  const time = clockTime(timeText ?? otherwise);
  const date = dateText === null ? null : germanDate(dateText);
  if (time === null || (dateText !== null && date === null)) throw new Unusable(end);
  return date === null ? null : `${date} ${time}`;
}

/** The file behind an export's `url`; the last twenty are kept. */
export function exportFile(centre: Centre, request: TwinRequest, id: string): TwinAnswer {
  const file = centre.export(id);
  if (!file) return page(404, 'Not Found');
  return serve(request, iconv.encode(file.text, file.encoding), `text/csv; charset=${file.encoding}`);
}

/** `fields` is empty for an unknown campaign; a missing one is not documented. */
export const getFieldsByCampaign: ApiFunction = (ask) => {
  const id = text(ask.get, 'campaign_id');
  if (id === null) return ask.give({ status: 'error', msg: 'campaign_id missing' });
  if (id === '99') return ask.give({ status: 'error', msg: 'campaign locked' });
  return ask.give({ fields: (campaignOf(id)?.fields ?? []).map((name) => ({ name })) });
};

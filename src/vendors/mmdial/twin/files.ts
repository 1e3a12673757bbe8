import { createHash } from 'node:crypto';
import { stringify } from 'csv-stringify/sync';
import iconv from 'iconv-lite';
import type { JsonObject } from '../../../core/json.js';
import type { TwinAnswer, TwinRequest } from '../../../core/twin.js';
import type { Centre } from './centre.js';
import { customerFields, leadData } from './leads.js';
import {
  agentOf,
  campaignOf,
  digitsOfTime,
  type Lead,
  localTime,
  readClockTime,
  readGermanDate,
  readIsoDate,
  type Recording,
} from './model.js';
import { readText, readTexts, webPage } from './php.js';
import { type ApiFunction, type ApiRequest, withArgument } from './request.js';

/** A file, or the part of it that `Range` asks for (RFC 9110, 14), so that a broken download can go on. */
function serveFile(request: TwinRequest, body: Uint8Array, type: string): TwinAnswer {
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
  const headers = { 'content-type': type, 'accept-ranges': 'bytes', etag };
  const condition = request.headers['if-range'];
  const wanted = condition === undefined || condition === etag ? request.headers['range'] : undefined;
  const range = wanted === undefined ? null : readRange(wanted, body.length);
  if (range === null) return { status: 200, headers, body };
  if (range === 'beyond')
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${body.length}` }, body: '' };
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${range.from}-${range.to}/${body.length}` },
    body: body.subarray(range.from, range.to + 1),
  };
}

/** The range, both ends included; null where the header is to be ignored: several ranges, or no range at all. */
function readRange(header: string, size: number): { from: number; to: number } | 'beyond' | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (first === '' && last === '') return null;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  return from > to ? 'beyond' : { from, to };
}

const samplesPerSecond = 8_000;
const headerBytes = 44;

/** The size of a recording of so many seconds in bytes: 16 bit, mono, 8 kHz, and its header. */
const wavSizeOf = (seconds: number): number => headerBytes + seconds * samplesPerSecond * 2;

/** A RIFF/WAVE file with uncompressed PCM: a soft tone a second, its height set by `pitch`. */
function makeWav(seconds: number, pitch: number): Uint8Array {
  const file = Buffer.alloc(wavSizeOf(seconds));
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // channels
  file.writeUInt32LE(samplesPerSecond, 24);
  file.writeUInt32LE(samplesPerSecond * 2, 28);
  file.writeUInt16LE(2, 32); // bytes in a sample
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(file.length - headerBytes, 40);
  for (let place = 0; place < seconds * samplesPerSecond; place += 1) {
    file.writeInt16LE(sampleAt(place, pitch), headerBytes + place * 2);
  }
  return file;
}

/** Steps of a scale, faded in and out so that nothing clicks. */
function sampleAt(place: number, pitch: number): number {
  const second = Math.floor(place / samplesPerSecond);
  const within = (place % samplesPerSecond) / samplesPerSecond;
  const hertz = 220 * 2 ** (((pitch + second * 5) % 12) / 12);
  return Math.round(8_000 * Math.sin(Math.PI * within) * Math.sin(2 * Math.PI * hertz * within));
}

/** A recording can be fetched from this age on, and up to that one. */
const readyMs = 10 * 60_000;
const keptMs = 90 * 24 * 3_600_000;

const voiceId = (recording: Recording): string => `7${String(recording.id).padStart(6, '0')}`;

function isAvailable(recording: Recording, now: number): boolean {
  const age = now - recording.at;
  return age >= readyMs && age <= keptMs;
}

const refuseSearch = (request: ApiRequest, msg: string): TwinAnswer => request.give({ status: 'error', msg });

export const searchVoiceByLeadId = withArgument('leadid', 'msg', (request, id) => {
  const lead = request.centre.lead(id);
  if (!lead) return refuseSearch(request, 'lead not found');
  return answerVoices(
    request,
    request.centre.recordings.filter((recording) => recording.lead === lead.id),
  );
});

export const searchVoiceByPhoneNumber = withArgument('phone', 'msg', (request, phone) =>
  searchRecordings(request, (recording) => recording.phone === phone),
);

export const searchVoiceByAgent = withArgument('agentid', 'msg', (request, id) => {
  const agent = agentOf(id);
  if (!agent) return refuseSearch(request, 'agent not found');
  return searchRecordings(request, (recording) => recording.agent === agent.id);
});

/** With `date` the recordings of that day, with `timestamp` those running at that second (not documented). */
function searchRecordings(request: ApiRequest, fits: (recording: Recording) => boolean): TwinAnswer {
  const [date, timestamp] = [readText(request.get, 'date'), readText(request.get, 'timestamp')];
  if (date !== null && readIsoDate(date) === null) return refuseSearch(request, 'date must be YYYY-MM-DD');
  if (timestamp !== null && !/^\d{14}$/.test(timestamp))
    return refuseSearch(request, 'timestamp must be YYYYMMDDHHIISS');
  const found = request.centre.recordings.filter(
    (recording) =>
      fits(recording) &&
      (date === null || localTime(recording.at).startsWith(date)) &&
      (timestamp === null ||
        (digitsOfTime(recording.at) <= timestamp &&
          timestamp <= digitsOfTime(recording.at + recording.seconds * 1000))),
  );
  return answerVoices(request, found);
}

/**
 * `voices` is a "json Objekt" with the fields of one: one comes as that object, two as a list, more as a map by
 * `recid`.
 */
function answerVoices(request: ApiRequest, found: readonly Recording[]): TwinAnswer {
  const list = found.map((recording) => describeVoice(request, recording));
  const [first] = list;
  if (first && list.length === 1) return request.give({ status: 'ok', voices: first });
  if (list.length < 3) return request.give({ status: 'ok', voices: list });
  const byId = Object.fromEntries(list.map((item, index) => [String(found[index]?.id), item]));
  return request.give({ status: 'ok', voices: byId });
}

const describeVoice = (request: ApiRequest, recording: Recording): JsonObject => ({
  recid: recording.id,
  agentid: recording.agent,
  timestamp: digitsOfTime(recording.at),
  available: isAvailable(recording, request.centre.now) ? 'yes' : 'no',
  voiceid: voiceId(recording),
  url: request.fileUrl(`/files/voice/${voiceId(recording)}.wav`),
  length: recording.seconds,
  size: wavSizeOf(recording.seconds),
});

/** The recording behind a voice's `url`; 404 while it is not available. */
export function voiceFile(centre: Centre, request: TwinRequest, id: string): TwinAnswer {
  const recording = centre.recordings.find((item) => voiceId(item) === id);
  if (!recording || !isAvailable(recording, centre.now)) return webPage(404, 'Not Found');
  return serveFile(request, makeWav(recording.seconds, recording.id), 'audio/x-wav');
}

const encodings = ['ISO-8859-1', 'Windows-1252', 'UTF-8'] as const;

const dateTypes = { last_phone: 'lastPhone', last_edit: 'lastEdit', imported_date: 'importedAt' } as const;

type DateType = keyof typeof dateTypes;

/** Thrown where arguments cannot be used. The document has no place for a reason, so there is none in the answer. */
class Unusable extends Error {}

/**
 * Exports the leads that fit all criteria as a CSV file with semicolons and a header of the names as they were asked
 * for.
 */
export const exportByStatus: ApiFunction = (request) => {
  try {
    return makeExport(request);
  } catch (error) {
    if (error instanceof Unusable) return request.give({ status: 'error' });
    throw error;
  }
};

function makeExport(request: ApiRequest): TwinAnswer {
  const campaign = campaignOf(readText(request.get, 'campaign_id'));
  if (!campaign) throw new Unusable('campaign');
  const [fields, encoding] = [readFields(request), readEncoding(request)];
  const [hasStatus, isInTime] = [readStatusFilter(request), readTimeFilter(request)];
  const leads = request.centre.leads.filter(
    (lead) => lead.campaign === campaign.id && hasStatus(lead) && isInTime(lead),
  );
  const rows = leads.map((lead) => fields.map((field) => cellOf(lead, field)));
  const options = { delimiter: ';', record_delimiter: 'windows' } as const;
  const file = request.centre.addExport(
    stringify([fields.map(({ asked }) => asked), ...rows], options),
    encoding,
  );
  const answer = {
    status: 'ok',
    file_id: file.id,
    size: iconv.encode(file.text, encoding).length,
    url: request.fileUrl(`/files/export/${file.id}.csv`),
    broken_data_count: rows.filter((row) => isBroken(row.join(), encoding)).length,
  };
  return request.give(answer, true);
}

interface Field {
  /** With its prefix. */
  readonly asked: string;
  readonly name: string;
  readonly ofForm: boolean;
}

function readFields(request: ApiRequest): Field[] {
  const list = readText(request.post, 'selectedfields') ?? readText(request.get, 'selectedfields');
  if (list === null) throw new Unusable('selectedfields');
  return list.split(',').map((asked) => {
    const [, prefix = '', name = ''] = /^(customerfield|webformfield)_(.+)$/.exec(asked.trim()) ?? [];
    const ofForm = prefix === 'webformfield';
    if (name === '' || (!ofForm && !customerFields.includes(name))) throw new Unusable('selectedfields');
    return { asked: asked.trim(), name, ofForm };
  });
}

/** A field of the form that a lead does not have is empty. */
function cellOf(lead: Lead, { name, ofForm }: Field): string {
  if (ofForm) return new Map(lead.form).get(name) ?? '';
  const value = new Map(Object.entries(leadData(lead))).get(name) ?? '';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function readEncoding(request: ApiRequest): string {
  const asked = (
    readText(request.post, 'encoding') ??
    readText(request.get, 'encoding') ??
    'ISO-8859-1'
  ).toLowerCase();
  const encoding = encodings.find((name) => name.toLowerCase() === asked);
  if (!encoding) throw new Unusable('encoding');
  return encoding;
}

/** Whether something of a record is lost: it is exported with `?` in its place. */
const isBroken = (record: string, encoding: string): boolean =>
  iconv.decode(iconv.encode(record, encoding), encoding) !== record;

/** Lets every status pass where none is given. A single `status=A` is no array and refused: better than all leads. */
function readStatusFilter(request: ApiRequest): (lead: Lead) => boolean {
  const wanted = readTexts(request.get, 'status');
  if (!wanted && request.get.has('status')) throw new Unusable('status');
  const set = new Set(wanted?.values());
  return wanted ? (lead) => set.has(lead.status) : () => true;
}

/**
 * `datetype` is called a choice and an array (docs/vendors/mmdial.md#exportbystatus): either is taken; `imported_date`
 * if none.
 */
function readTimeFilter(request: ApiRequest): (lead: Lead) => boolean {
  const one = readText(request.get, 'datetype');
  const types =
    one === null ? [...(readTexts(request.get, 'datetype')?.values() ?? ['imported_date'])] : [one];
  if (!types.every((type): type is DateType => Object.hasOwn(dateTypes, type)))
    throw new Unusable('datetype');
  const from = readMoment(request, 'from', '00:00:00');
  const to = readMoment(request, 'to', '23:59:59');
  if (from === null && to === null) return () => true;
  return (lead) =>
    types.some((type) => {
      const at = lead[dateTypes[type]];
      const time = at === null ? null : localTime(at);
      return time !== null && (from === null || time >= from) && (to === null || time <= to);
    });
}

/** The local time of one end as text that sorts; null where there is no date. */
function readMoment(request: ApiRequest, end: 'from' | 'to', otherwise: string): string | null {
  const [dateText, timeText] = [readText(request.get, `${end}date`), readText(request.get, `${end}time`)];
  const time = readClockTime(timeText ?? otherwise);
  const date = dateText === null ? null : readGermanDate(dateText);
  if (time === null || (dateText !== null && date === null)) throw new Unusable(end);
  return date === null ? null : `${date} ${time}`;
}

/** The file behind an export's `url`; the last twenty are kept. */
export function exportFile(centre: Centre, request: TwinRequest, id: string): TwinAnswer {
  const file = centre.export(id);
  if (!file) return webPage(404, 'Not Found');
  return serveFile(request, iconv.encode(file.text, file.encoding), `text/csv; charset=${file.encoding}`);
}

/** `fields` is empty for an unknown campaign; a missing one is not documented. */
export const getFieldsByCampaign = withArgument('campaign_id', 'msg', (request, id) => {
  if (id === '99') return request.give({ status: 'error', msg: 'campaign locked' });
  return request.give({ fields: (campaignOf(id)?.fields ?? []).map((name) => ({ name })) });
});

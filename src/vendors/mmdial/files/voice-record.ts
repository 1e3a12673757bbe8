import type { Json, JsonObject } from '../../../core/json.js';
import { isObject, plainText } from '../../../core/json.js';
import { areRecords, listOf } from '../leads/record.js';

/** A recording as mmDial describes it; numbers as text. */
export interface Voice {
  readonly recid: string;
  readonly agentid: string;
  /** RFC-3339-like local time of the dialler, or as it came where it cannot be read. */
  readonly timestamp: string;
  readonly available: boolean;
  readonly voiceid: string;
  readonly url: string;
  /** Seconds. */
  readonly length: string;
  /** Bytes; null where it is no count. */
  readonly size: number | null;
}

/** 14 digits, Unix seconds, or `Y-m-d H:i:s`; the zone is not documented, so none is added. */
export function voiceTime(value: Json | undefined): string {
  const text = plainText(value).trim();
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (digits) return `${digits.slice(1, 4).join('-')}T${digits.slice(4).join(':')}`;
  if (/^\d{9,10}$/.test(text)) return new Date(Number(text) * 1000).toISOString().replace('.000', '');
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? text.replace(' ', 'T') : text;
}

function readVoice(voice: JsonObject): Voice {
  const size = plainText(voice['size']).trim();
  return {
    recid: plainText(voice['recid']),
    agentid: plainText(voice['agentid']),
    timestamp: voiceTime(voice['timestamp']),
    available: plainText(voice['available']).trim().toLowerCase() === 'yes' || voice['available'] === true,
    voiceid: plainText(voice['voiceid']),
    url: plainText(voice['url']).trim(),
    length: plainText(voice['length']),
    size: /^\d{1,15}$/.test(size) ? Number(size) : null,
  };
}

/** `voices` is "json Objekt" in the document though there can be several: a list, a map and a single object are read. */
const entriesOf = (value: Json | undefined): Json[] =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? listOf(value) : [];

export const readVoices = (value: Json | undefined): Voice[] =>
  entriesOf(value).filter(isObject).map(readVoice);

/** Whether `voices` lists recordings, or none: anything else in it must not look like "no recordings". */
export const areVoices = (value: Json | undefined): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const entries = entriesOf(value);
  return entries.length === 0 || areRecords(entries);
};

const plain = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);

/**
 * A file name without extension, of letters, digits and `-` alone, made from the ids and the time: never from the
 * server's path. Names that would be the same get a number.
 */
export function safeNames(voices: readonly Voice[]): string[] {
  const used = new Set<string>();
  return voices.map((voice) => {
    const stem = ['voice', plain(voice.recid || voice.voiceid), plain(voice.timestamp)]
      .filter(Boolean)
      .join('-');
    let name = stem;
    for (let count = 2; used.has(name.toLowerCase()); count += 1) name = `${stem}-${count}`;
    used.add(name.toLowerCase());
    return name;
  });
}

/** Extension by the first bytes; null for a web page or JSON, which is no recording. */
export function soundExtension(head: Uint8Array): string | null {
  const text = Buffer.from(head.subarray(0, 64)).toString('latin1');
  if (text.startsWith('RIFF')) return 'wav';
  if (text.startsWith('OggS')) return 'ogg';
  if (text.startsWith('ID3') || /^\u00ff[\u00e0-\u00ff]/.test(text)) return 'mp3';
  return /^\s*(?:<|\{)/.test(text) ? null : 'bin';
}

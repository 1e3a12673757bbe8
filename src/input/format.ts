import { extname } from 'node:path';
import type { InputFormat } from '../core/row.js';

/**
 * What a file is, from its name and the start of its text. An extension that names a format is believed, except that
 * `.json` with several objects, one a line, is NDJSON. Else text that begins as JSON does is JSON, and the rest is CSV.
 */
export function findFormat(name: string, head: string): InputFormat {
  const extension = extname(name).toLowerCase();
  if (extension === '.csv' || extension === '.tsv') return 'csv';
  if (extension === '.ndjson' || extension === '.jsonl') return 'ndjson';
  const start = head.trimStart();
  if (extension === '.json') return hasSecondObject(start) ? 'ndjson' : 'json';
  if (/^\[\s*(?:[{[\]"\d-]|true|false|null|$)/.test(start)) return 'json';
  if (!/^\{\s*(?:"|\}|$)/.test(start)) return 'csv';
  return isOneLineObject(start) ? 'ndjson' : 'json';
}

const isOneLineObject = (text: string): boolean => {
  const line = text.split(/\r?\n/, 1)[0] as string;
  return line.trimEnd().endsWith('}') || line.length === text.length;
};

const hasSecondObject = (text: string): boolean => /^\{[^\r\n]*\}[ \t]*\r?\n\s*\{/.test(text);

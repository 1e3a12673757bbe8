import { isoTime, lastMoment } from '../core/clock.js';
import type { Json, JsonObject } from '../core/json.js';
import type { Column } from '../core/report.js';
import { isRowState } from '../core/row-state.js';
import type { Paint } from './color.js';
import { printable } from './printable.js';
import { stateText } from './symbols.js';

/** How cells are shown to people. */
export interface CellStyle {
  readonly unicode: boolean;
  readonly paint: Paint;
  /** Masks an E.164 phone; null to show it whole. */
  readonly mask: ((phone: string) => string) | null;
}

/** A value as the text of a cell: nothing for null, JSON for an object or a list. */
export function cellText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return JSON.stringify(value);
}

/** A cell for programs: the whole value; a time in milliseconds as RFC 3339. */
export function wholeText(column: Column, record: JsonObject): string {
  const value = column.value(record);
  const isTime = column.kind === 'time' && typeof value === 'number' && Math.abs(value) <= lastMoment;
  return isTime ? isoTime(value) : cellText(value);
}

/** RFC 3339 in UTC to the second, from milliseconds or any RFC 3339 text; other text as it is. */
function timeText(value: Json | undefined): string {
  const text = cellText(value);
  if (typeof value !== 'number' && !/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return text;
  const at = new Date(typeof value === 'number' ? value : text);
  return Number.isNaN(at.getTime()) ? text : `${at.toISOString().slice(0, 19)}Z`;
}

/** Masks every phone of a cell: a list of phones is as private as one. */
function phoneText(value: Json | undefined, style: CellStyle): string {
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => phoneText(one, style)).join(', ');
  const text = cellText(value);
  if (text === '' || !style.mask) return text;
  const masked = style.mask(text);
  return style.unicode ? masked : masked.replaceAll('•', '*');
}

/** A cell of a table for people, without its colour: what widths are counted on. */
export function shownText(column: Column, record: JsonObject, style: CellStyle): string {
  const value = column.value(record);
  if (column.kind === 'phone') return printable(phoneText(value, style));
  if (column.kind === 'time') return printable(timeText(value));
  const text = printable(cellText(value));
  if (column.kind !== 'state' || !isRowState(text)) return text;
  return stateText(text, style.unicode, (_tone, plain) => plain);
}

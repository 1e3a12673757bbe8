import { createHash } from 'node:crypto';
import { usageError } from '../../core/errors.js';
import type { Json, JsonObject } from '../../core/json.js';
import { canonicalJson, isObject } from '../../core/json.js';
import type { Mapping, MappedRow } from '../../core/mapping.js';
import { makeMapping, mappingCache, mapRow, parseMapFile } from '../../core/mapping.js';
import type { PhoneRule } from '../../core/phone.js';
import type { InputRow, InputSource } from '../../core/row.js';
import type { OptionValues, PushOperation } from '../../core/vendor.js';
import type { Review } from '../../pipeline/plan-row.js';
import type { App, InputOptions, Invocation } from '../app.js';
import type { Session } from '../session.js';
import type { PlanFlags } from './flags.js';
import { argumentSource } from './arguments.js';
import { interruptedWhilePlanning } from './interrupted.js';
import { leadRecords } from './lead-records.js';
import { listSource } from './number-list.js';

/** An opened input and how its rows become leads. */
export interface PreparedInput {
  readonly source: InputSource;
  /** Path of the input file; null for stdin and arguments. */
  readonly path: string | null;
  readonly options: OptionValues;
  /** The mapping of a table's header; null where every row brings its own keys. */
  readonly mapping: Mapping | null;
  readonly phone: PhoneRule;
  map(row: InputRow): MappedRow;
  /** What else keeps a row back; null for nothing. */
  readonly review: Review | null;
  /** Everything that decides what is sent, no secret in it, and its hash. */
  readonly settings: JsonObject;
  readonly settingsHash: string;
}

/** Opens the input and makes its mapping: everything that can be wrong before the first row is wrong here. */
export async function prepareInput(
  app: App,
  operation: PushOperation,
  session: Session,
  flags: PlanFlags,
  invocation: Invocation,
): Promise<PreparedInput> {
  const options = operation.readOptions
    ? await operation.readOptions(invocation.options as OptionValues, app.ports.files, session.settings)
    : {};
  const mapFile = await readMap(app, flags, null);
  const { source, path } = await openInputOf(app, operation, flags, invocation);
  const phone = session.place.reads;
  try {
    return prepared(operation, { ...flags, options, mapFile, phone }, source, path);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The map file of `--map`, or the one given, as data, with what `--ignore` adds to it. Throws UserError (exit 6). */
export async function readMap(app: App, { map, ignore }: PlanFlags, otherwise: Json): Promise<Json> {
  const data = withIgnored(map === null ? otherwise : await app.ports.dataFile(map), ignore);
  if (data !== null) parseMapFile(data, map ?? undefined);
  return data;
}

/** What decides, beside the rows themselves, what is sent. */
export interface PlanSettings {
  /** Of the operation, before the columns have a say. */
  readonly options: OptionValues;
  /** A map file as data; null for none. */
  readonly mapFile: Json;
  readonly set: Readonly<Record<string, string>>;
  readonly phone: PhoneRule;
  readonly allowDuplicates: boolean;
  readonly skipInvalid: boolean;
}

/** Rows from wherever, and how they become leads. Throws UserError (exit 6) where their columns cannot be mapped. */
export function prepared(
  operation: PushOperation,
  { options: given, mapFile, set, phone, allowDuplicates, skipInvalid }: PlanSettings,
  source: InputSource,
  path: string | null,
): PreparedInput {
  const request = {
    fields: operation.fields,
    freeColumn: operation.freeColumn,
    mapFile: mapFile === null ? null : parseMapFile(mapFile),
    set,
    phone,
  };
  const mapping = source.columns ? makeMapping({ ...request, columns: source.columns }) : null;
  const mappingOf = mapping ? () => mapping : perRow(request);
  const filled = mapping ? mapping.fields.map(({ field }) => field.name) : null;
  const options = operation.withFields?.(given, filled) ?? given;
  const settings = {
    operation: operation.id,
    options,
    mapFile,
    set: { ...set },
    phone: { ...phone },
    allowDuplicates,
    skipInvalid,
    encoding: source.facts.encoding,
    delimiter: source.facts.delimiter,
    format: source.facts.format,
  };
  return {
    source,
    path,
    options,
    mapping,
    phone,
    map: (row) => mapRow(mappingOf(row), row, phone),
    review: null,
    settings,
    settingsHash: createHash('sha256').update(canonicalJson(settings)).digest('hex'),
  };
}

/** Rows that bring their own keys are mapped by them. */
function perRow(request: Parameters<typeof mappingCache>[0]): (row: InputRow) => Mapping {
  const mappings = mappingCache(request);
  return (row) => mappings.of(row.columns);
}

async function openInputOf(
  app: App,
  operation: PushOperation,
  flags: PlanFlags,
  { args, options }: Invocation,
): Promise<{ source: InputSource; path: string | null }> {
  const from = typeof options['from'] === 'string' ? options['from'] : null;
  if (operation.optionField !== undefined) {
    const rows = rowsOfOption(operation.optionField, args[0], options);
    if (rows) return { source: rows, path: null };
  }
  if (operation.argumentField === undefined) return fileSource(app, flags, args[0] ?? '-');
  if (from !== null && args.length > 0)
    throw usageError({
      code: 'usage.two-sources',
      message: 'Give the rows as arguments or with --from, not both',
    });
  if (from !== null) {
    const { source, path } = await fileSource(app, flags, from);
    return { source: listSource(source, operation.argumentField), path };
  }
  if (args.length === 0) {
    throw usageError({
      code: 'usage.no-rows',
      message: `Nothing to do: give at least one ${operation.argumentField}, or --from a file`,
    });
  }
  return { source: argumentSource(operation.argumentField, args), path: null };
}

/** Rows an option gives; null where a file is named instead. Throws UserError (exit 2) for both or neither. */
function rowsOfOption(
  field: string,
  file: string | undefined,
  options: Invocation['options'],
): InputSource | null {
  const given = options[field];
  const values = (Array.isArray(given) ? given : [given]).filter((value) => typeof value === 'string');
  if (file === undefined && values.length === 0) {
    throw usageError({
      code: 'usage.no-rows',
      message: 'Nothing to do: no rows are given',
      hint: `Name a file (- for stdin), or give --${field}`,
    });
  }
  if (file !== undefined && values.length > 0) {
    throw usageError({
      code: 'usage.two-sources',
      message: `Give the rows in a file or with --${field}, not both`,
    });
  }
  return file === undefined ? argumentSource(field, values) : null;
}

async function fileSource(
  app: App,
  flags: PlanFlags,
  path: string,
): Promise<{ source: InputSource; path: string | null }> {
  const source = await opened(app, {
    path,
    skipInvalid: flags.skipInvalid,
    ...(flags.format === null ? {} : { format: flags.format }),
    ...(flags.encoding === null ? {} : { encoding: flags.encoding }),
    ...(flags.delimiter === null ? {} : { delimiter: flags.delimiter }),
  });
  for (const warning of source.warnings) app.terminal.warn(warning);
  return { source: leadRecords(source), path: path === '-' ? null : path };
}

/** `--ignore` adds to the map file's own list. */
function withIgnored(mapData: Json, ignore: readonly string[]): Json {
  if (ignore.length === 0) return mapData;
  const map = isObject(mapData) ? mapData : {};
  const named = Array.isArray(map['ignore']) ? (map['ignore'] as readonly Json[]) : [];
  return { ...map, ignore: [...named, ...ignore] };
}

/** Opening reads the input to its end, which for a pipe may be never: a signal ends the wait. */
async function opened(app: App, options: InputOptions): Promise<InputSource> {
  const stop = (): void => {
    if (options.path === '-') app.stdin.destroy();
  };
  if (app.stopping.aborted) throw interruptedWhilePlanning(app);
  app.stopping.addEventListener('abort', stop, { once: true });
  try {
    return await app.ports.input(options);
  } catch (error) {
    throw app.stopping.aborted ? interruptedWhilePlanning(app) : error;
  } finally {
    app.stopping.removeEventListener('abort', stop);
  }
}

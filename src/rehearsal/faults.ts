import { usageError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { seeded, type TwinEndpoint, type TwinFactory } from '../core/twin.js';
import { type FaultKind, faultKinds, type Respond } from './fault-kinds.js';

/** A fault that was injected; holds no content of the request. */
export interface InjectedFault {
  readonly vendor: string;
  /** Null for a request the vendor does not document. */
  readonly endpoint: string | null;
  /** `reset-after`. */
  readonly kind: string;
  /** Number of the request among those this fault counts, from 1. */
  readonly number: number;
  /** The fault as the user wrote it. */
  readonly fault: string;
}

/** A fault that matches a request and is about to be injected. */
interface MatchedFault {
  /** True where the vendor does its work first. */
  readonly applied: boolean;
  readonly endpoint: TwinEndpoint | null;
  readonly respond: Respond;
  /** Counts the fault as injected. */
  count(): void;
  readonly injected: InjectedFault;
}

interface ActiveFault {
  readonly spec: FaultSpec;
  seen: number;
  injected: number;
}

/** The faults of a sandbox, and how often each was injected. */
export class Faults {
  #active: ActiveFault[] = [];
  #injected = 0;

  constructor(
    private readonly vendors: readonly FaultVendor[],
    private readonly seed: number,
    private readonly onInjected: (fault: InjectedFault) => void,
  ) {}

  /** Replaces the faults and counts from 1. Throws UserError (exit 2) and changes nothing. */
  set(texts: readonly string[]): void {
    const specs = texts.map((text) => readFault(text, this.vendors, this.seed));
    this.#active = specs.map((spec) => ({ spec, seen: 0, injected: 0 }));
  }

  /** Faults injected since the start, or since `restart`. */
  get injected(): number {
    return this.#injected;
  }

  /** Counts from 1 again. */
  restart(): void {
    this.set(this.#active.map(({ spec }) => spec.text));
    this.#injected = 0;
  }

  /** Counts a request; returns the first fault that hits it, or null. */
  findFault(vendor: string, path: string): MatchedFault | null {
    const { endpoints = [] } = this.vendors.find(({ id }) => id === vendor) ?? {};
    const endpoint = endpoints.find((entry) => isEndpointOf(entry, path)) ?? null;
    const counting = this.#active.filter(({ spec }) => spec.matches(vendor, endpoint));
    for (const active of counting) active.seen += 1;
    const hit = counting.find(({ spec, seen }) => spec.hits(seen));
    return hit ? this.#matched(hit, vendor, endpoint) : null;
  }

  #matched(active: ActiveFault, vendor: string, endpoint: TwinEndpoint | null): MatchedFault {
    const { text: fault, kind, applied, respond } = active.spec;
    const injected = { vendor, endpoint: endpoint?.name ?? null, kind, number: active.seen, fault };
    const count = (): void => {
      active.injected += 1;
      this.#injected += 1;
      this.onInjected(injected);
    };
    return { applied, endpoint, respond, injected, count };
  }

  /** Returns the page about the faults. */
  report(): JsonObject {
    return {
      schema: 'salesq/sandbox-faults@1',
      injected: this.#injected,
      faults: this.#active.map(({ spec, seen, injected }) => ({
        fault: spec.text,
        requests: seen,
        injected,
      })),
    };
  }
}

const isEndpointOf = ({ path }: TwinEndpoint, asked: string): boolean =>
  path.endsWith('/') ? asked.startsWith(path) : asked === path;

/** The part of a vendor that faults use. */
export type FaultVendor = Pick<TwinFactory, 'id' | 'endpoints'>;

/** A fault as the user wrote it: `sales-q/import:reset-after@3`. */
export interface FaultSpec {
  /** As it was typed. */
  readonly text: string;
  /** The kind with `-before` or `-after` where one was written, without value. */
  readonly kind: string;
  /** True where the vendor carries out the request before the fault. */
  readonly applied: boolean;
  readonly respond: Respond;
  readonly hits: HitsNumber;
  /** Whether the fault counts this request; `endpoint` is null for a request the vendor does not document. */
  matches(vendor: string, endpoint: TwinEndpoint | null): boolean;
}

const form = '<vendor>[/<endpoint>]:<kind>[=<value>][@<when>]';
const example = 'sales-q/import:reset-after@3';

const makeFaultError = (code: string, text: string, why: string, hint: string): Error =>
  usageError({ code: `sandbox.fault-${code}`, message: `Fault "${text}": ${why}.`, hint });

/**
 * Reads a fault. Throws UserError (exit 2) `sandbox.fault-form`, `-vendor`, `-endpoint`, `-kind`, `-target`, `-value`,
 * `-when`; its hint names what there is.
 */
export function readFault(text: string, vendors: readonly FaultVendor[], seed: number): FaultSpec {
  const parts = /^([^:/@=]+)(?:\/([^:@=]+))?:([^=@:]+)(?:=([^@=]+))?(?:@(.+))?$/s.exec(text.trim());
  if (!parts) throw makeFaultError('form', text, `is not ${form}`, `For example: ${example}`);
  const [, vendor = '', endpoint = null, name = '', value = null, at = null] = parts;
  const targets = findTargets(text, vendors, vendor, endpoint);
  const { kind, stem, applied } = findKind(text, name);
  const respond = kind.read(stem, value);
  if (!respond || (value !== null && kind.value === null)) {
    const wanted = kind.value === null ? 'no value' : `=${kind.value}, or nothing`;
    const hint =
      kind.value === '<duration>'
        ? `For example: ${name}=30s, ${name}=500ms; at most 24h`
        : describeKind(kind);
    throw makeFaultError('value', text, `${kind.name} takes ${wanted}`, hint);
  }
  const hits = readWhen(at, seed, text.trim());
  if (!hits)
    throw makeFaultError('when', text, 'what stands behind @ is not understood', `Write ${whenForms}`);
  if (kind.wholeSandbox && vendor !== '*')
    throw makeFaultError(
      'target',
      text,
      `${stem} is for all vendors at once`,
      `Write *:${stem}, or ${vendor}:503`,
    );
  const matches = matchRequests(text, kind, targets, endpoint, vendors);
  return { text: text.trim(), kind: name, applied, respond, hits, matches };
}

/** A vendor and the endpoints of it a fault names. */
interface Target {
  readonly id: string;
  readonly endpoints: readonly TwinEndpoint[];
}

function findTargets(
  text: string,
  vendors: readonly FaultVendor[],
  vendor: string,
  endpoint: string | null,
): readonly Target[] {
  if (vendor === '*' && endpoint === null) return vendors;
  const found = vendors.find(({ id }) => id === vendor);
  if (!found) {
    const ids = vendors.map(({ id }) => id).join(', ');
    const why = vendor === '*' ? '* takes no endpoint' : 'there is no such vendor';
    throw makeFaultError('vendor', text, why, `Vendors: ${ids}; * is all of them`);
  }
  if (endpoint === null) return [found];
  const meant = found.endpoints.filter(({ name, path }) => name === endpoint || path === `/${endpoint}`);
  const likely =
    meant.length > 0 ? meant : found.endpoints.filter(({ name }) => name.endsWith(`/${endpoint}`));
  if (likely.length === 1) return [{ id: found.id, endpoints: likely }];
  const why = likely.length > 1 ? `${vendor} has several of this name` : `${vendor} has no such endpoint`;
  throw makeFaultError('endpoint', text, why, `Endpoints of ${vendor}: ${listNames(found.endpoints)}`);
}

const listNames = (endpoints: readonly TwinEndpoint[]): string =>
  endpoints.map(({ name }) => name).join(', ');

const describeKind = (kind: FaultKind): string => `${kind.name}: ${kind.about}`;

function findKind(text: string, name: string): { kind: FaultKind; stem: string; applied: boolean } {
  const [, stem = name, side] = /^(.+?)(?:-(before|after))?$/.exec(name) ?? [];
  const kind = faultKinds.find((entry) => entry.pattern?.test(stem) ?? entry.name === stem);
  if (!kind) {
    const names = faultKinds.map((entry) => entry.name).join(', ');
    throw makeFaultError(
      'kind',
      text,
      `there is no kind "${stem}"`,
      `Kinds: ${names} (salesq sandbox --help)`,
    );
  }
  if (side !== undefined && kind.applied !== 'either') {
    const always =
      kind.applied === 'always' ? 'always comes after the request was carried out' : 'carries out nothing';
    throw makeFaultError('kind', text, `${stem} ${always}`, `Write ${stem} without -${side}`);
  }
  return { kind, stem, applied: kind.applied === 'always' || side === 'after' };
}

/** Returns which requests a fault counts: for a kind that changes answers, only those whose answers it can change. */
function matchRequests(
  text: string,
  kind: FaultKind,
  targets: readonly Target[],
  endpoint: string | null,
  vendors: readonly FaultVendor[],
): FaultSpec['matches'] {
  const fitting = targets.map(({ id, endpoints }) => ({ id, endpoints: endpoints.filter(canChange(kind)) }));
  if (kind.needs && fitting.every(({ endpoints }) => endpoints.length === 0)) {
    const what = kind.needs === 'rows' ? 'no answer with an entry for each row' : 'no answer in JSON';
    const places = listTargets(kind, vendors).join(', ');
    throw makeFaultError('target', text, `there is ${what}`, `${kind.name} works on: ${places}`);
  }
  const all = kind.needs === undefined && endpoint === null;
  return (vendor, asked) => {
    const target = fitting.find(({ id }) => id === vendor);
    return target !== undefined && (all || (asked !== null && target.endpoints.includes(asked)));
  };
}

const canChange =
  ({ needs }: FaultKind) =>
  ({ answers, rows }: TwinEndpoint): boolean =>
    needs === 'rows' ? rows !== undefined : needs !== 'json' || answers === 'json';

/** Returns the targets a kind can be used on. */
const listTargets = (kind: FaultKind, vendors: readonly FaultVendor[]): string[] =>
  vendors.flatMap(({ id, endpoints }) =>
    endpoints.filter(canChange(kind)).map(({ name }) => `${id}/${name}`),
  );

/** Whether a request is hit, by its number among those the fault counts, from 1. */
type HitsNumber = (number: number) => boolean;

/** How `@…` may be written, for messages. */
const whenForms = '@3, @3-5, @3-, @1,4,7-9, @every:10, @5%, @50/1000 or @20pm (per mille)';

/**
 * Reads the text after `@`; null where it has no known form. Which requests a share hits follows from `seed`,
 * `name` and their numbers alone.
 */
function readWhen(text: string | null, seed: number, name: string): HitsNumber | null {
  if (text === null) return () => true;
  const every = /^every:([1-9]\d{0,6})$/.exec(text)?.[1];
  if (every !== undefined) return (number) => number % Number(every) === 0;
  const share = readShare(text);
  if (share === null) return readNumbers(text);
  if (!(share > 0 && share <= 1)) return null;
  return (number) => seeded('fault', seed, name, number).next() < share;
}

/** `5%`, `50/1000`, `20pm`, `20‰`; null for other forms, whatever the size. */
function readShare(text: string): number | null {
  const [, whole, of] = /^(\d{1,7})\/(\d{1,7})$/.exec(text) ?? [];
  if (whole !== undefined) return Number(whole) / Number(of);
  const [, count, unit] = /^(\d{1,7}(?:\.\d{1,4})?)(%|pm|‰)$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) / (unit === '%' ? 100 : 1000);
}

function readNumbers(text: string): HitsNumber | null {
  const spans = text.split(',').map((part) => {
    const [, from, to] = /^([1-9]\d{0,6})(-(?:[1-9]\d{0,6})?)?$/.exec(part) ?? [];
    if (from === undefined) return null;
    const last = to === undefined ? Number(from) : to === '-' ? Infinity : Number(to.slice(1));
    return last < Number(from) ? null : { first: Number(from), last };
  });
  const good = spans.filter((span) => span !== null);
  if (good.length < spans.length) return null;
  return (number) => good.some(({ first, last }) => number >= first && number <= last);
}

/** How `--fault` is written and every kind of it, one line each. */
export function faultHelp(vendors: readonly FaultVendor[]): readonly string[] {
  return [
    '--fault <vendor>[/<endpoint>]:<kind>[=<value>][@<when>], for example sales-q/import:reset-after@3',
    '  <vendor> may be * for all of them. Endpoints:',
    ...vendors.flatMap(({ id, endpoints }) =>
      wrapWords(
        `    ${id}: `,
        endpoints.map(({ name }) => name),
      ),
    ),
    '  <when> is counted in requests of that target, from 1:',
    `    ${whenForms}; without it: every request`,
    '  <kind>, with -before (default: the vendor did not do it) or -after (it did, and it is kept):',
    ...listKinds(vendors, ({ applied }) => applied === 'either'),
    '  <kind>, always before (nothing is done):',
    ...listKinds(vendors, ({ applied }) => applied === 'never'),
    '  <kind>, always after (it is done):',
    ...listKinds(vendors, ({ applied }) => applied === 'always'),
  ];
}

function listKinds(vendors: readonly FaultVendor[], wanted: (kind: FaultKind) => boolean): string[] {
  const width = Math.max(...faultKinds.map((kind) => labelKind(kind).length));
  return faultKinds.filter(wanted).map((kind) => {
    const places = kind.needs === 'rows' ? ` (${listTargets(kind, vendors).join(', ')})` : '';
    return `    ${labelKind(kind).padEnd(width)}  ${kind.about}${places}`;
  });
}

const labelKind = ({ name, value }: FaultKind): string => (value === null ? name : `${name}[=${value}]`);

/** Words in lines of at most 110 characters, the first behind `head`. */
function wrapWords(head: string, words: readonly string[]): string[] {
  const found: string[] = [];
  let line = head;
  for (const [index, word] of words.entries()) {
    const next = index < words.length - 1 ? `${word}, ` : word;
    if (line.length + next.length > 110) {
      found.push(line.trimEnd());
      line = ' '.repeat(head.length);
    }
    line += next;
  }
  return [...found, line];
}

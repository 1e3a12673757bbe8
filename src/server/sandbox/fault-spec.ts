import { usageError } from '../../core/errors.js';
import type { TwinEndpoint, TwinFactory } from '../../core/twin.js';
import type { FaultKind, Tell } from './fault-kinds.js';
import { faultKinds } from './fault-kinds.js';
import type { When } from './fault-when.js';
import { readWhen, whenForms } from './fault-when.js';

/** What a fault has to know of a vendor. */
export type FaultVendor = Pick<TwinFactory, 'id' | 'endpoints'>;

/** A fault as it was asked for: `sales-q/import:reset-after@3`. */
export interface FaultSpec {
  /** As it was typed. */
  readonly text: string;
  /** The kind with `-before` or `-after` where that was its choice, without value. */
  readonly kind: string;
  /** True where the vendor does what it was asked before the fault is felt. */
  readonly applied: boolean;
  readonly tell: Tell;
  readonly when: When;
  /** Whether this request is one it counts; `endpoint` is null for a request the vendor does not document. */
  befalls(vendor: string, endpoint: TwinEndpoint | null): boolean;
}

const form = '<vendor>[/<endpoint>]:<kind>[=<value>][@<when>]';
const example = 'sales-q/import:reset-after@3';

const problem = (code: string, text: string, why: string, hint: string): Error =>
  usageError({ code: `sandbox.fault-${code}`, message: `Fault "${text}": ${why}.`, hint });

/**
 * Reads a fault. Throws UserError (exit 2) `sandbox.fault-form`, `-vendor`, `-endpoint`, `-kind`, `-target`, `-value`,
 * `-when`; its hint names what there is.
 */
export function readFault(text: string, vendors: readonly FaultVendor[], seed: number): FaultSpec {
  const parts = /^([^:/@=]+)(?:\/([^:@=]+))?:([^=@:]+)(?:=([^@=]+))?(?:@(.+))?$/s.exec(text.trim());
  if (!parts) throw problem('form', text, `is not ${form}`, `For example: ${example}`);
  const [, vendor = '', endpoint = null, name = '', value = null, at = null] = parts;
  const targets = targetsOf(text, vendors, vendor, endpoint);
  const { kind, stem, applied } = kindOf(text, name);
  const tell = kind.read(stem, value);
  if (!tell || (value !== null && kind.value === null)) {
    const wanted = kind.value === null ? 'no value' : `=${kind.value}, or nothing`;
    const hint =
      kind.value === '<duration>' ? `For example: ${name}=30s, ${name}=500ms; at most 24h` : about(kind);
    throw problem('value', text, `${kind.name} takes ${wanted}`, hint);
  }
  const when = readWhen(at, seed, text.trim());
  if (!when) throw problem('when', text, 'what stands behind @ is not understood', `Write ${whenForms}`);
  if (kind.everybody && vendor !== '*')
    throw problem('target', text, `${stem} is for all vendors at once`, `Write *:${stem}, or ${vendor}:503`);
  const befallen = befalling(text, kind, targets, endpoint, vendors);
  return { text: text.trim(), kind: name, applied, tell, when, befalls: befallen };
}

/** A vendor and those of its endpoints that are meant. */
interface Target {
  readonly id: string;
  readonly endpoints: readonly TwinEndpoint[];
}

function targetsOf(
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
    throw problem('vendor', text, why, `Vendors: ${ids}; * is all of them`);
  }
  if (endpoint === null) return [found];
  const meant = found.endpoints.filter(({ name, path }) => name === endpoint || path === `/${endpoint}`);
  const likely =
    meant.length > 0 ? meant : found.endpoints.filter(({ name }) => name.endsWith(`/${endpoint}`));
  if (likely.length === 1) return [{ id: found.id, endpoints: likely }];
  const why = likely.length > 1 ? `${vendor} has several of this name` : `${vendor} has no such endpoint`;
  throw problem('endpoint', text, why, `Endpoints of ${vendor}: ${namesOf(found.endpoints)}`);
}

const namesOf = (endpoints: readonly TwinEndpoint[]): string => endpoints.map(({ name }) => name).join(', ');

const about = (kind: FaultKind): string => `${kind.name}: ${kind.about}`;

function kindOf(text: string, name: string): { kind: FaultKind; stem: string; applied: boolean } {
  const [, stem = name, side] = /^(.+?)(?:-(before|after))?$/.exec(name) ?? [];
  const kind = faultKinds.find((entry) => entry.pattern?.test(stem) ?? entry.name === stem);
  if (!kind) {
    const names = faultKinds.map((entry) => entry.name).join(', ');
    throw problem('kind', text, `there is no kind "${stem}"`, `Kinds: ${names} (salesq sandbox --help)`);
  }
  if (side !== undefined && kind.applied !== 'either') {
    const always =
      kind.applied === 'always' ? 'always comes after the request was carried out' : 'carries out nothing';
    throw problem('kind', text, `${stem} ${always}`, `Write ${stem} without -${side}`);
  }
  return { kind, stem, applied: kind.applied === 'always' || side === 'after' };
}

/** The requests a fault counts: of a kind that changes answers, only those whose answers it can change. */
function befalling(
  text: string,
  kind: FaultKind,
  targets: readonly Target[],
  endpoint: string | null,
  vendors: readonly FaultVendor[],
): FaultSpec['befalls'] {
  const fitting = targets.map(({ id, endpoints }) => ({ id, endpoints: endpoints.filter(fits(kind)) }));
  if (kind.needs && fitting.every(({ endpoints }) => endpoints.length === 0)) {
    const what = kind.needs === 'rows' ? 'no answer with an entry for each row' : 'no answer in JSON';
    const places = placesOf(kind, vendors).join(', ');
    throw problem('target', text, `there is ${what}`, `${kind.name} works on: ${places}`);
  }
  const all = kind.needs === undefined && endpoint === null;
  return (vendor, asked) => {
    const target = fitting.find(({ id }) => id === vendor);
    return target !== undefined && (all || (asked !== null && target.endpoints.includes(asked)));
  };
}

const fits =
  ({ needs }: FaultKind) =>
  ({ answers, rows }: TwinEndpoint): boolean =>
    needs === 'rows' ? rows !== undefined : needs !== 'json' || answers === 'json';

/** Where a kind can be used, as targets. */
export const placesOf = (kind: FaultKind, vendors: readonly FaultVendor[]): string[] =>
  vendors.flatMap(({ id, endpoints }) => endpoints.filter(fits(kind)).map(({ name }) => `${id}/${name}`));

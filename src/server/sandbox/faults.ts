import type { JsonObject } from '../../core/json.js';
import type { TwinEndpoint } from '../../core/twin.js';
import type { Tell } from './fault-kinds.js';
import type { FaultSpec, FaultVendor } from './fault-spec.js';
import { readFault } from './fault-spec.js';

/** A fault that befell a request; holds nothing of what the request said. */
export interface InjectedFault {
  readonly vendor: string;
  /** Null for a request the vendor does not document. */
  readonly endpoint: string | null;
  /** `reset-after`. */
  readonly kind: string;
  /** Number of the request among those this fault counts, from 1. */
  readonly number: number;
  /** The fault as it was asked for. */
  readonly fault: string;
}

/** A fault about to befall a request. */
export interface Hit {
  /** True where the vendor does its work first. */
  readonly applied: boolean;
  readonly endpoint: TwinEndpoint | null;
  readonly tell: Tell;
  /** It happened. */
  done(): void;
  readonly injected: InjectedFault;
}

interface Rule {
  readonly spec: FaultSpec;
  seen: number;
  injected: number;
}

/** The faults of a sandbox and what each has met so far. */
export class Faults {
  #rules: Rule[] = [];
  #injected = 0;

  constructor(
    private readonly vendors: readonly FaultVendor[],
    private readonly seed: number,
    private readonly onInjected: (fault: InjectedFault) => void,
  ) {}

  /** Takes these faults instead of those there are, and counts from 1. Throws UserError (exit 2) and changes nothing. */
  set(texts: readonly string[]): void {
    const specs = texts.map((text) => readFault(text, this.vendors, this.seed));
    this.#rules = specs.map((spec) => ({ spec, seen: 0, injected: 0 }));
  }

  /** How often a fault happened since the sandbox began, or began anew. */
  get injected(): number {
    return this.#injected;
  }

  /** Counts from 1 again. */
  restart(): void {
    this.set(this.#rules.map(({ spec }) => spec.text));
    this.#injected = 0;
  }

  /** Counts a request, and gives the first fault that is to befall it. */
  next(vendor: string, path: string): Hit | null {
    const { endpoints = [] } = this.vendors.find(({ id }) => id === vendor) ?? {};
    const endpoint = endpoints.find((entry) => isAt(entry, path)) ?? null;
    const counting = this.#rules.filter(({ spec }) => spec.befalls(vendor, endpoint));
    for (const rule of counting) rule.seen += 1;
    const hit = counting.find(({ spec, seen }) => spec.when(seen));
    return hit ? this.#hit(hit, vendor, endpoint) : null;
  }

  #hit(rule: Rule, vendor: string, endpoint: TwinEndpoint | null): Hit {
    const { text: fault, kind, applied, tell } = rule.spec;
    const injected = { vendor, endpoint: endpoint?.name ?? null, kind, number: rule.seen, fault };
    const done = (): void => {
      rule.injected += 1;
      this.#injected += 1;
      this.onInjected(injected);
    };
    return { applied, endpoint, tell, injected, done };
  }

  /** The page about them. */
  report(): JsonObject {
    return {
      schema: 'salesq/sandbox-faults@1',
      injected: this.#injected,
      faults: this.#rules.map(({ spec, seen, injected }) => ({ fault: spec.text, requests: seen, injected })),
    };
  }
}

const isAt = ({ path }: TwinEndpoint, asked: string): boolean =>
  path.endsWith('/') ? asked.startsWith(path) : asked === path;

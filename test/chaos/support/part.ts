/** How much a part may do: `reduced` within `npm test`, `ci` by default, `full` for a release. */
export type Scale = 'reduced' | 'ci' | 'full';

/** What the runner asks of a part. */
export interface PartRequest {
  /** Everything random follows from it. */
  readonly seed: number;
  readonly budget: {
    readonly scale: Scale;
    /** `--points N`: cases to run at most; null for what the scale gives. */
    readonly points: number | null;
    /** Processes a part may keep busy at a time. */
    readonly workers: number;
  };
  /** `--replay <id>`: run this one case only, as a failure named it. */
  readonly replay: string | null;
  /** A line of progress, to stderr. */
  readonly log: (line: string) => void;
}

export interface PartFailure {
  /** What went wrong, in one sentence; no phone number, no secret. */
  readonly what: string;
  /** Id of the case; the runner makes `npm run chaos -- --only <part> --seed <n> --replay <id>` of it. */
  readonly replay: string;
}

export interface PartReport {
  readonly name: string;
  /** In the order they are shown; `skipped: "strace not found"` where a part cannot run here. */
  readonly figures: Readonly<Record<string, number | string>>;
  readonly failures: readonly PartFailure[];
}

/** What a file `test/chaos/<name>.part.ts` exports. */
export interface Part {
  readonly name: string;
  run(request: PartRequest): Promise<PartReport>;
}

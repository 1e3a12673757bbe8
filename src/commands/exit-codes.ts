import { Exit } from '../core/errors.js';

/** What each exit code means (`salesq help exit-codes`). */
const meanings: readonly (readonly [number, string])[] = [
  [Exit.ok, 'all done'],
  [Exit.bug, 'unexpected failure (a bug): stack with -v'],
  [Exit.usage, 'wrong usage, or an answer is missing and no prompt is possible'],
  [Exit.partial, 'partial: done, but some rows are invalid, rejected, blocked or held'],
  [Exit.credentials, 'a vendor refused the credentials: the run stopped at once'],
  [
    Exit.temporary,
    'temporary: vendor down, rate limit, disk full while sending; trying again later makes sense',
  ],
  [Exit.unusable, 'input or config unusable: nothing was sent'],
  [Exit.inDoubt, 'rows are in doubt: they may have reached the vendor; run salesq runs reconcile'],
  [Exit.stopped, 'stopped before the end: rows are still ready'],
  [Exit.gate, 'refused by a safety gate'],
  [Exit.locked, 'another run holds the lock'],
  [Exit.sigint, 'stopped by SIGINT, cleanly'],
  [Exit.sigterm, 'stopped by SIGTERM, cleanly'],
];

/** The help page about exit codes. */
export const exitCodesText = (): string =>
  [
    'Exit codes',
    '',
    ...meanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
    '',
    'When several apply to a push: 4, then 10, then 7, then 5, then 8 (130, 143 after a signal), then 3.',
    'duplicate and already alone are not a failure.',
    '',
  ].join('\n');

import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);

/** The built program as a URL with a slash at its end; the known-bad variants put another build here. */
export const builtUrl = (): URL => new URL(process.env['CHAOS_DIST'] ?? 'dist/', root);

/** The program as users start it. */
export const programFile = (): string =>
  process.env['CHAOS_DIST'] === undefined
    ? fileURLToPath(new URL('bin/salesq.js', root))
    : fileURLToPath(new URL('../bin/salesq.js', builtUrl()));

export const rootFolder = fileURLToPath(root);

import { readFileSync } from 'node:fs';
import { packageRoot } from './root.js';

/** The program's version, as package.json says. */
export const version = (
  JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as { version: string }
).version;

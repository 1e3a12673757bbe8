// Lets a bare node run the TypeScript of this folder: `node --import …/support/typescript.mjs file.ts`.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** Not bundled: what has machine code in it, or is large and seldom needed. */
const apart = [/^node:/, '@photostructure/sqlite', /^pg($|-|\/)/, 'fastify', 'inquirer', 'typescript'];

/**
 * Makes a few CommonJS files, `main.cjs` first, of the modules `main.js` in `from` needs: Node loads them in half
 * the time. What is loaded only when used stays so, in files of its own.
 *
 * @param {{ from: string, to: string }} folders
 */
export async function bundle({ from, to }) {
  await rm(to, { recursive: true, force: true });
  const build = await rolldown({
    input: path.join(from, 'main.js'),
    platform: 'node',
    logLevel: 'warn',
    external: apart,
  });
  await build.write({
    dir: to,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  });
  await build.close();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const dist = fileURLToPath(new URL('../dist/', import.meta.url));
  await bundle({ from: dist, to: path.join(dist, 'program') });
}

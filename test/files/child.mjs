// Writes a file in a process of its own, to be traced, killed or starved. Arguments: the module whose `files` writes,
// and a request as JSON. Says {"ok":true} when the write has resolved, else what the error tells.
import { writeFileSync } from 'node:fs';

const [, , module, request] = process.argv;
const { files } = await import(module);
const {
  path,
  size,
  pieces = 1,
  hang = false,
  replace = true,
  mode = 'private',
  at = null,
  meanwhile = null,
} = JSON.parse(request);

async function* content() {
  for (let piece = 0; piece < pieces; piece += 1) yield 'n'.repeat(size / pieces);
  if (meanwhile !== null) writeFileSync(path, meanwhile);
  if (!hang) return;
  process.stdout.write('hangs\n');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}

try {
  if (at !== null) await files.writePiece(path, Buffer.alloc(size), at);
  else await files.writeWhole(path, pieces > 1 || hang ? content() : 'n'.repeat(size), { mode, replace });
  process.stdout.write('{"ok":true}\n');
} catch ({ code, exit, why, system, message, hint }) {
  process.stdout.write(`${JSON.stringify({ code, exit, why, system, message, hint })}\n`);
}

import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { unusable } from '../../../core/errors.js';

/** Writes a file whole or not at all: a temporary one beside it, synced, then renamed. Throws UserError (exit 6). */
export async function writeAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${randomBytes(6).toString('hex')}`,
  );
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(path.basename(file), error);
  }
}

/** A file or folder that cannot be written, named. */
export const unwritable = (name: string, error: unknown): Error => {
  const code = (error as { code?: unknown }).code;
  return unusable({
    code: 'file.unwritable',
    message: `${name} cannot be written${typeof code === 'string' ? ` (${code})` : ''}`,
    hint: 'Check the path, its permissions and the space left',
  });
};

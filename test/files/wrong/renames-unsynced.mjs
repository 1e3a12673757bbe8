// Deliberately wrong: "a rename is atomic, so nothing needs to be synced before it".
import { open, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export const files = {
  async writeWhole(path, content) {
    await writeFile(`${path}.new`, content, { flag: 'wx', mode: 0o600 });
    await rename(`${path}.new`, path);
    const folder = await open(dirname(path), 'r');
    await folder.sync();
    await folder.close();
  },
};

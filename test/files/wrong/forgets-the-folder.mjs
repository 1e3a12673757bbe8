// Deliberately wrong: "a file that is synced has its name on disk too".
import { open, rename } from 'node:fs/promises';

export const files = {
  async writeWhole(path, content) {
    const file = await open(`${path}.new`, 'wx', 0o600);
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await rename(`${path}.new`, path);
  },
};

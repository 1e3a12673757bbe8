// Deliberately wrong: "a small file is written in no time, so it is opened, emptied and written again".
import { open } from 'node:fs/promises';

export const files = {
  async writeWhole(path, content) {
    const file = await open(path, 'w', 0o600);
    await file.writeFile(content);
    await file.sync();
    await file.close();
  },
};

import { existsSync, readFileSync } from 'node:fs';

/** The folder of the package as a URL with a slash at its end: the first above this module with a package.json. */
export const packageRoot = ((): URL => {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) {
    const above = new URL('../', folder);
    if (above.href === folder.href) throw new Error('package.json is missing beside the program');
    folder = above;
  }
  return folder;
})();

/** The program's version, as package.json says. */
export const version = (
  JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as { version: string }
).version;

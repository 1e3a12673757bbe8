import { lstat, open } from 'node:fs/promises';
import path from 'node:path';
import { unusable, UserError } from '../core/errors.js';
import { envText, type ConfigInput } from './input.js';

/** A configuration file as it was read; mode and owner belong to the very bytes in `text`. */
export interface ConfigFile {
  readonly path: string;
  /** The path as messages show it: relative inside the working directory. */
  readonly shown: string;
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
  /** False where the user named the file. */
  readonly searched: boolean;
}

/** The only names looked for; JavaScript, TypeScript and package.json are not among them. */
export const configNames = ['.salesqrc', '.salesqrc.json', '.salesqrc.yaml', '.salesqrc.yml'] as const;

/** What is used of cosmiconfig's explorer; its own declarations leave the class out. */
interface Explorer {
  search(folder: string): Promise<{ filepath: string; config?: unknown } | null>;
}
type ExplorerClass = new (options: object) => Explorer;

/** `$XDG_CONFIG_HOME/salesq`, by default `~/.config/salesq`; null without a home. */
function userFolder(input: ConfigInput): string | null {
  const xdg = envText(input, 'XDG_CONFIG_HOME');
  if (xdg !== null && path.isAbsolute(xdg)) return path.join(xdg, 'salesq');
  return input.home === null ? null : path.join(input.home, '.config', 'salesq');
}

/** True for a file that is found from every working directory. */
export function inUserFolder(file: string, input: ConfigInput): boolean {
  const own = userFolder(input);
  return own !== null && path.dirname(file) === path.resolve(own);
}

function searchFolders(input: ConfigInput): string[] {
  const folders = [path.resolve(input.cwd)];
  for (let here = folders[0] ?? '/'; path.dirname(here) !== here;) {
    here = path.dirname(here);
    folders.push(here);
  }
  const own = userFolder(input);
  return own === null ? folders : [...folders, own];
}

function shownPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

const unreadable = (shown: string, why: string): UserError =>
  unusable({
    code: 'config.unreadable',
    message: `The configuration file ${shown} cannot be read: ${why}.`,
    hint: 'check its owner and mode, or name another file with --config',
  });

const errorCode = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
};

/** Reads text, mode and owner through one handle, so that nobody can exchange the file in between. */
async function readConfig(file: string, cwd: string, searched: boolean): Promise<ConfigFile> {
  const handle = await open(file, 'r');
  try {
    const { mode, uid } = await handle.stat();
    const shown = shownPath(file, cwd);
    const bytes = await handle.readFile();
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return { path: file, shown, text, mode: mode & 0o7777, uid, searched };
    } catch {
      throw unusable({
        code: 'config.bad-syntax',
        message: `The configuration file ${shown} is not UTF-8 text.`,
        hint: 'save it as UTF-8',
      });
    }
  } finally {
    await handle.close();
  }
}

/** The explorer skips what it may not read; a file that is there but closed to us must not be passed over. */
async function refuseClosed(folder: string, found: string | null, cwd: string): Promise<void> {
  for (const name of configNames) {
    const file = path.join(folder, name);
    if (file === found) return;
    const there = await lstat(file).catch(() => null);
    const code = there ? await open(file, 'r').then((handle) => handle.close(), errorCode) : null;
    if (code === 'EACCES') throw unreadable(shownPath(file, cwd), code);
  }
}

/**
 * `cosmiconfig()` itself looks into `.config/config.js` and package.json of the working directory for options of its
 * own, and executes what it finds; no option turns that off. Its explorer does not, so it is built directly, with
 * loaders for our four names only. Loaders hand over the text wrapped, which also keeps `$import` without effect.
 */
async function makeExplorer(cwd: string): Promise<Explorer> {
  const module = (await import('cosmiconfig/dist/Explorer.js')) as unknown as { Explorer: ExplorerClass };
  const load = (file: string): Promise<ConfigFile> => readConfig(file, cwd, true);
  return new module.Explorer({
    moduleName: 'salesq',
    searchPlaces: [...configNames],
    loaders: { noExt: load, '.json': load, '.yaml': load, '.yml': load },
    searchStrategy: 'none',
    metaConfigFilePath: null,
    ignoreEmptySearchPlaces: false,
    cache: false,
    transform: (result: unknown) => result,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
  });
}

/** A folder we may not enter, or that is none, holds no configuration for us. */
function noFolder(error: unknown): null {
  const code = errorCode(error);
  if (code === 'EACCES' || code === 'ENOTDIR') return null;
  throw error;
}

async function searchConfig(input: ConfigInput): Promise<ConfigFile | null> {
  const explorer = await makeExplorer(input.cwd);
  for (const folder of searchFolders(input)) {
    const found = await explorer.search(folder).catch(noFolder);
    await refuseClosed(folder, found?.filepath ?? null, input.cwd);
    if (!found) continue;
    const file = found.config as ConfigFile | undefined;
    return file ?? (await readConfig(found.filepath, input.cwd, true));
  }
  return null;
}

/**
 * Finds and reads the configuration file: `--config`, SALESQ_CONFIG, then the search places; null where there is none.
 * Throws UserError `config.not-found`, `config.unreadable` or `config.bad-syntax` (exit 6).
 */
export async function findConfig(input: ConfigInput): Promise<ConfigFile | null> {
  const named = input.flags.config ?? envText(input, 'SALESQ_CONFIG');
  try {
    if (named === null) return await searchConfig(input);
    return await readConfig(path.resolve(input.cwd, named), input.cwd, false);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = errorCode(error);
    if (named === null) throw unreadable('found from the working directory', code);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(named, code);
    throw unusable({
      code: 'config.not-found',
      message: `The configuration file ${named} named by ${input.flags.config === undefined ? 'SALESQ_CONFIG' : '--config'} is not there.`,
      hint: 'copy .salesqrc.example to .salesqrc',
    });
  }
}

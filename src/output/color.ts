export type Env = Readonly<Record<string, string | undefined>>;

/** chalk's levels: none, 16 colours, 256, 16 million. */
export type ColorLevel = 0 | 1 | 2 | 3;

/** What a colour says; which one it is stays here. */
export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'dim' | 'strong';

/** Puts a tone on a text, or gives it back as it is. */
export type Paint = (tone: Tone, text: string) => string;

export const noPaint: Paint = (_tone, text) => text;

/** FORCE_COLOR's own levels; anything else that is set means: yes. */
function forcedLevel(value: string): ColorLevel {
  if (value === '0' || value === 'false') return 0;
  return value === '2' ? 2 : value === '3' ? 3 : 1;
}

function levelOfTerm(env: Env): ColorLevel {
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return 3;
  return /256/.test(env.TERM ?? '') ? 2 : 1;
}

/**
 * Colours for one stream. The flag decides, else NO_COLOR (set and not empty: none), else FORCE_COLOR (not empty),
 * else none for `TERM=dumb` and whatever is not a terminal.
 */
export function colorLevel(env: Env, isTTY: boolean, flag: boolean | undefined): ColorLevel {
  if (flag !== undefined) return flag ? levelOfTerm(env) : 0;
  if (env.NO_COLOR) return 0;
  if (env.FORCE_COLOR) return forcedLevel(env.FORCE_COLOR);
  return isTTY && env.TERM !== 'dumb' ? levelOfTerm(env) : 0;
}

/** The paint of a level. chalk is loaded only where there is something to paint. */
export async function paintOf(level: ColorLevel): Promise<Paint> {
  if (level === 0) return noPaint;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level });
  const tones: Record<Tone, (text: string) => string> = {
    good: chalk.green,
    bad: chalk.red,
    warn: chalk.yellow,
    info: chalk.cyan,
    dim: chalk.dim,
    strong: chalk.bold,
  };
  return (tone, text) => tones[tone](text);
}

/**
 * Whether characters beyond ASCII may be used for decoration. The locale decides, as it does for the C library:
 * LC_ALL, else LC_CTYPE, else LANG. cron sets none of them. Data is UTF-8 either way.
 */
export function unicodeAllowed(env: Env): boolean {
  if (env.TERM === 'dumb' || env.TERM === 'linux') return false;
  if (env.WT_SESSION || env.TERM_PROGRAM === 'vscode') return true;
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}

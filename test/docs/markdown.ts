import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export const repository = path.resolve(import.meta.dirname, '../..');

/** Every file under a folder whose name ends so, as absolute paths. */
export function filesUnder(folder: string, ends: readonly string[]): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) return name === 'node_modules' ? [] : filesUnder(file, ends);
    return ends.some((end) => name.endsWith(end)) ? [file] : [];
  });
}

/** A page without its fenced blocks: what stands in them is no heading and no link. */
export const withoutCode = (page: string): string => page.replace(/^```[\s\S]*?^```$/gm, '');

/** The anchors of a page's headings, as GitHub makes them; a second heading of one name gets `-1`. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of withoutCode(page).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const text = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const base = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
      .replace(/ /g, '-');
    let anchor = base;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${base}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

export const anchorsOfFile = (file: string): Set<string> => anchorsOf(readFileSync(file, 'utf8'));

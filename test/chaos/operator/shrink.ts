import { play, type Played } from './play.js';
import type { FaultKind } from './judge.js';
import type { Session, Step } from './steps.js';
import type { Vendors } from './vendors.js';

/** The same session with as little in it as still breaks the same promise. */
export async function shortest(
  vendors: Vendors,
  session: Session,
  kind: FaultKind,
  under: string,
): Promise<Played & { readonly session: Session }> {
  const tried = async (steps: readonly Step[]): Promise<Played | null> => {
    const played = await play(vendors, { ...session, steps }, under);
    return played.faults.some((fault) => fault.kind === kind) ? played : null;
  };
  let steps = session.steps;
  let found = await tried(steps);
  if (!found) return { ...(await play(vendors, session, under)), session };
  const attempt = async (fewer: readonly Step[]): Promise<boolean> => {
    const played = await tried(fewer);
    if (!played) return false;
    [steps, found] = [fewer, played];
    return true;
  };
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let at = steps.length - size; at >= 0; at -= size)
      await attempt([...steps.slice(0, at), ...steps.slice(at + size)]);
  for (let at = 0; at < steps.length; at += 1)
    for (let simpler = simplest(steps[at]); simpler.length > 0;) {
      const [next, ...others] = simpler;
      const isSimpler =
        next !== undefined && (await attempt([...steps.slice(0, at), next, ...steps.slice(at + 1)]));
      simpler = isSimpler ? simplest(steps[at]) : others;
    }
  return { ...found, session: { ...session, steps } };
}

/** A step with one thing less in it, each way. */
function simplest(step: Step | undefined): Step[] {
  if (step?.do === 'push') {
    const { file, flags } = step;
    return [
      ...(file.rows.length > 1
        ? file.rows.map((_row, at): Step => ({
            ...step,
            file: { ...file, rows: file.rows.filter((_other, no) => no !== at) },
          }))
        : []),
      ...(flags.length > 0 ? [{ ...step, flags: [] }] : []),
      ...flags.map((_flag, at): Step => ({ ...step, flags: flags.filter((_other, no) => no !== at) })),
      ...(Object.keys(step.around).length > 0 ? [{ ...step, around: {} }] : []),
      ...(file.consent ? [{ ...step, file: { ...file, consent: false } }] : []),
    ];
  }
  if (step?.do === 'opt out') {
    const { lines } = step;
    const fewer =
      lines.length > 1
        ? lines.map((_line, at): Step => ({ ...step, lines: lines.filter((_other, no) => no !== at) }))
        : [];
    return [...fewer, ...(step.noise.length > 0 ? [{ ...step, noise: [] }] : [])];
  }
  return [];
}

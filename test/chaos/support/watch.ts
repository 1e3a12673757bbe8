/** Hears of what nobody caught, so that a part can count it and go on. */
export interface Watch {
  /** Names of what came since the last look; never texts, which may hold what was sent. */
  take(): string[];
  stop(): void;
}

export function watchForUncaught(): Watch {
  const heard: string[] = [];
  const hear = (error: unknown): void => {
    const frame = error instanceof Error ? /\n\s+at [^\n]*/.exec(error.stack ?? '')?.[0].trim() : undefined;
    heard.push(`${error instanceof Error ? error.name : typeof error}${frame ? ` (${frame})` : ''}`);
  };
  process.on('uncaughtException', hear);
  process.on('unhandledRejection', hear);
  return {
    take: () => heard.splice(0),
    stop: () => void process.off('uncaughtException', hear).off('unhandledRejection', hear),
  };
}

/** Works through a list, so many at a time. */
export async function inParallel<T>(
  list: readonly T[],
  workers: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    for (let at = next++; at < list.length; at = next++) await work(list[at] as T, at);
  };
  await Promise.all(Array.from({ length: Math.min(workers, list.length) }, one));
}

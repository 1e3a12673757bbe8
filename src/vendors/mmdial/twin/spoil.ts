import type { TwinAnswer } from '../../../core/twin.js';
import { page } from './answers.js';
import type { ApiFunction, Ask } from './ask.js';
import { numbersOf } from './dnc.js';
import { text, texts } from './php.js';

/** How an answer goes wrong on its way. Unless it is `down`, the function has done its work. */
type Fault = 'html' | 'empty' | 'down';

const faults: readonly (readonly [ending: string, Fault])[] = [
  ['446', 'html'],
  ['447', 'empty'],
  ['448', 'down'],
];

/** Calls a function, and spoils its answer where the arguments ask for it (see help). */
export function callOrSpoil(name: string, call: ApiFunction, ask: Ask): TwinAnswer {
  const fault = faultOf(name, ask);
  if (fault === 'down') return page(500, 'Internal Server Error');
  const answer = call(ask);
  if (fault === null) return answer;
  const { changed = false } = answer;
  if (fault === 'html') return { ...page(200, 'Wartungsarbeiten'), changed };
  return { status: 200, headers: { 'content-type': 'text/html' }, body: '', changed };
}

function faultOf(name: string, ask: Ask): Fault | null {
  const ids = ['leadid', 'agentid', 'campaign_id'].map((key) => text(ask.get, key) ?? text(ask.post, key));
  const written = writtenBy(name, ask);
  for (const [ending, fault] of faults) {
    if (ids.includes(`990${ending}`) || written.some((value) => value.endsWith(ending))) return fault;
  }
  return null;
}

/** What a writing function is about; a reading one is not spoiled by it, so that one can read back. */
function writtenBy(name: string, ask: Ask): readonly string[] {
  if (name === 'dncadd' || name === 'dncdel') return numbersOf(ask) ?? [];
  if (name === 'addlist') return [text(ask.post, 'description') ?? ''];
  if (name === 'addlead') return [texts(ask.post, 'leaddata')?.get('phone') ?? ''];
  if (name === 'editlead') return [ask.centre.lead(text(ask.get, 'leadid'))?.data.phone ?? ''];
  return [];
}

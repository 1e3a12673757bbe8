import type { JsonObject } from '../../../core/json.js';
import type { TwinAnswer, TwinRequest } from '../../../core/twin.js';
import { page } from './answers.js';
import type { ApiFunction, Ask } from './ask.js';
import { digitTime, isoDate, localTime } from './berlin.js';
import type { Centre } from './centre.js';
import { agentOf } from './centre.js';
import { serve } from './files.js';
import type { Recording } from './model.js';
import { text } from './php.js';
import { wav, wavSize } from './wav.js';

/** A recording can be fetched this long after its call, and until it is so old. */
const readyMs = 10 * 60_000;
const keptMs = 90 * 24 * 3_600_000;

const voiceId = (recording: Recording): string => `7${String(recording.id).padStart(6, '0')}`;

function isAvailable(recording: Recording, now: number): boolean {
  const age = now - recording.at;
  return age >= readyMs && age <= keptMs;
}

const refuse = (ask: Ask, msg: string): TwinAnswer => ask.give({ status: 'error', msg });

export const searchVoiceByLeadId: ApiFunction = (ask) => {
  const id = text(ask.get, 'leadid');
  if (id === null) return refuse(ask, 'leadid missing');
  const lead = ask.centre.lead(id);
  if (!lead) return refuse(ask, 'lead not found');
  return voices(
    ask,
    ask.centre.recordings.filter((recording) => recording.lead === lead.id),
  );
};

export const searchVoiceByPhoneNumber: ApiFunction = (ask) => {
  const phone = text(ask.get, 'phone');
  if (phone === null) return refuse(ask, 'phone missing');
  return search(ask, (recording) => recording.phone === phone);
};

export const searchVoiceByAgent: ApiFunction = (ask) => {
  const id = text(ask.get, 'agentid');
  if (id === null) return refuse(ask, 'agentid missing');
  const agent = agentOf(id);
  if (!agent) return refuse(ask, 'agent not found');
  return search(ask, (recording) => recording.agent === agent.id);
};

/** With `date` those of that day, with `timestamp` those that ran at that second; what it means is not documented. */
function search(ask: Ask, fits: (recording: Recording) => boolean): TwinAnswer {
  const [date, timestamp] = [text(ask.get, 'date'), text(ask.get, 'timestamp')];
  if (date !== null && isoDate(date) === null) return refuse(ask, 'date must be YYYY-MM-DD');
  if (timestamp !== null && !/^\d{14}$/.test(timestamp))
    return refuse(ask, 'timestamp must be YYYYMMDDHHIISS');
  const found = ask.centre.recordings.filter(
    (recording) =>
      fits(recording) &&
      (date === null || localTime(recording.at).startsWith(date)) &&
      (timestamp === null ||
        (digitTime(recording.at) <= timestamp &&
          timestamp <= digitTime(recording.at + recording.seconds * 1000))),
  );
  return voices(ask, found);
}

/** `voices` is a "json Objekt" with the fields of one: one comes as that, two as a list, more as a map by `recid`. */
function voices(ask: Ask, found: readonly Recording[]): TwinAnswer {
  const list = found.map((recording) => voice(ask, recording));
  const [first] = list;
  if (first && list.length === 1) return ask.give({ status: 'ok', voices: first });
  if (list.length < 3) return ask.give({ status: 'ok', voices: list });
  const byId = Object.fromEntries(list.map((item, index) => [String(found[index]?.id), item]));
  return ask.give({ status: 'ok', voices: byId });
}

const voice = (ask: Ask, recording: Recording): JsonObject => ({
  recid: recording.id,
  agentid: recording.agent,
  timestamp: digitTime(recording.at),
  available: isAvailable(recording, ask.centre.now) ? 'yes' : 'no',
  voiceid: voiceId(recording),
  url: ask.fileUrl(`/files/voice/${voiceId(recording)}.wav`),
  length: recording.seconds,
  size: wavSize(recording.seconds),
});

/** The recording behind a voice's `url`; 404 while it is not available. */
export function voiceFile(centre: Centre, request: TwinRequest, id: string): TwinAnswer {
  const recording = centre.recordings.find((item) => voiceId(item) === id);
  if (!recording || !isAvailable(recording, centre.now)) return page(404, 'Not Found');
  return serve(request, wav(recording.seconds, recording.id), 'audio/x-wav');
}

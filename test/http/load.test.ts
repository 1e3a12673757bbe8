import { getEventListeners } from 'node:events';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bodyText } from '../../src/core/http.js';
import { createHttp } from '../../src/http/client.js';
import { secretPost } from './checks.js';
import { answer, freePort, rawServer, replying } from './servers.js';

const http = createHttp();

it('50 at once: each gets its own answer, over its own connection', async () => {
  const server = await rawServer((socket, request) => {
    void request.then((text) => socket.end(answer('200 OK', text.split('\r\n\r\n')[1] ?? '')));
  });
  const bodies = Array.from({ length: 50 }, (_, at) => `lead ${at}`);
  const results = await Promise.all(bodies.map((body) => http.send(secretPost(server.port, { body }))));
  await server.close();
  expect(results.map((result) => result.kind === 'answer' && bodyText(result.body))).toEqual(bodies);
  expect(server.connections()).toBe(50);
});

it('a bomb of 268 MB costs no memory to speak of', async () => {
  const bomb = gzipSync(Buffer.alloc(268_000_000), { level: 9 });
  const server = await rawServer(replying(answer('200 OK', bomb, 'content-encoding: gzip\r\n')));
  const post = secretPost(server.port, { maxBytes: 1_000_000 });
  const before = process.memoryUsage().rss;
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 1);
  const results = await Promise.all(Array.from({ length: 8 }, () => http.send(post)));
  clearInterval(watch);
  await server.close();
  expect(bomb.length).toBeLessThan(300_000);
  for (const result of results) expect(result).toMatchObject({ kind: 'lost', code: 'net.too-large' });
  expect(peak - before).toBeLessThan(80_000_000);
});

it('leaves no connection, listener or warning behind after 100 failures on one signal', async () => {
  const port = await freePort();
  const silent = await rawServer(() => undefined);
  const stop = new AbortController();
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const requests = Array.from({ length: 100 }, (_, at) =>
    http.send(secretPost(at % 2 ? port : silent.port, { timeoutMs: 200, signal: stop.signal })),
  );
  await Promise.all(requests);
  await silent.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))).toEqual([]);
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

it('keeps no timer once the answer is there: a long deadline must not hold the program', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const server = await rawServer(replying(answer('200 OK')));
  const before = timers();
  await Promise.all(
    Array.from({ length: 20 }, () => http.send(secretPost(server.port, { timeoutMs: 60_000 }))),
  );
  expect(timers() - before).toBeLessThan(10);
  await server.close();
});

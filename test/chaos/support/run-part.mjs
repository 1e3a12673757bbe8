// A part in a process of its own: `node --import ./typescript.mjs run-part.mjs <file>`, its request by IPC.
import { pathToFileURL } from 'node:url';

process.once('message', async (request) => {
  const log = (line) => process.send({ log: line });
  try {
    const part = await import(pathToFileURL(process.argv[2]).href);
    const report = await part.run({ ...request, log });
    process.send({ report }, () => process.exit(0));
  } catch (error) {
    process.send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () =>
      process.exit(1),
    );
  }
});

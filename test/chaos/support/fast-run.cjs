// Starts the bundled program with the machine code V8 made of it the last time: `node fast-run.cjs <args>`.
require('v8').setFlagsFromString('--heap-growing-percent=20');
const fs = require('fs');
const Module = require('module');
const path = require('path');
const vm = require('vm');

const folder = __dirname;
const made = [];
const learning = process.env.CHAOS_LEARN === '1';
// The compiled code of a script cannot be kept where it imports by itself.
globalThis.__importNow = async (name) => require(name);
Module.prototype._compile = function compile(content, filename) {
  const kept = path.join(folder, 'code', filename.replace(/[^\w.]/g, '_'));
  let cachedData;
  if (!learning && fs.existsSync(kept)) cachedData = fs.readFileSync(kept);
  const script = new vm.Script(Module.wrap(content.replace(/^#!.*/, '')), { filename, cachedData });
  if (learning) made.push([kept, script]);
  const within = (id) => this.require(id);
  within.resolve = (request, options) => Module._resolveFilename(request, this, false, options);
  within.main = process.mainModule;
  within.cache = Module._cache;
  within.extensions = Module._extensions;
  const run = script.runInThisContext();
  return run.call(this.exports, this.exports, within, this, filename, path.dirname(filename));
};
if (learning) {
  process.on('exit', () => {
    for (const [kept, script] of made) fs.writeFileSync(kept, script.createCachedData());
  });
}
process.argv[1] = path.join(folder, 'bin', 'salesq.js');
require('./dist/main.cjs')
  .main(process)
  .then((code) => {
    process.exitCode = code;
  });

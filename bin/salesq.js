#!/usr/bin/env node
'use strict';
const { writeSync } = require('node:fs');

/** Answers `--version` alone, without loading the program; false where it must answer, or its output went wrong. */
function answerVersion([flag, ...more]) {
  if (more.length > 0 || (flag !== '--version' && flag !== '-V')) return false;
  try {
    writeSync(1, `${require('../package.json').version}\n`);
    return true;
  } catch {
    return false;
  }
}

/** The program's `main`; null where the build, or a package it needs, is missing. */
function loadMain() {
  try {
    return require('../dist/program/main.cjs').main;
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return null;
  }
}

function start() {
  const main = loadMain();
  if (main === null) {
    process.stderr.write('error: salesq is not built yet: run npm ci in its folder.\n');
    process.exitCode = 6;
    return;
  }
  // What ends without an answer has failed.
  process.exitCode = 1;
  main(process).then((code) => {
    process.exitCode = code;
  });
}

if (!answerVersion(process.argv.slice(2))) start();

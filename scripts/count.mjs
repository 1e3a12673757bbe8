import { readFileSync } from 'node:fs';

// Reads the JSON report of the test run and prints its count on one line; fails where nothing ran.
const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const failed =
  report.numFailedTests +
  (report.numFailedTestSuites > 0 && report.numFailedTests === 0 ? report.numFailedTestSuites : 0);
console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = report.numPassedTests > 0 && failed === 0 && report.success ? 0 : 1;

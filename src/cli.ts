#!/usr/bin/env node
import { TOOL_VERSION } from './base/version.ts';

const words = process.argv.slice(2);

// Everything else is loaded only when it is needed: scripts ask for the version, and for help, often.
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${TOOL_VERSION}\n`);
} else {
  const { main } = await import('./cli/main.ts');
  process.exitCode = await main(words);
}

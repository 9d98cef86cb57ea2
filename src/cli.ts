#!/usr/bin/env node
import { isOlderVersion, LEAST_NODE, TOOL_VERSION } from './base/version.ts';

const words = process.argv.slice(2);

// Everything else is loaded only when it is needed: scripts ask for the version, and for help, often; and an old Node.js
// could not load it.
if (isOlderVersion(process.versions.node, LEAST_NODE)) {
  process.stderr.write(
    `jailhouse-bundle needs Node.js ${LEAST_NODE} or newer; this is ${process.version} (${process.execPath})\n`,
  );
  process.exitCode = 2;
} else if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${TOOL_VERSION}\n`);
} else {
  // No await outside of a function: the executable is made of CommonJS.
  void (async () => {
    const { main } = await import('./cli/main.ts');
    process.exitCode = await main(words);
  })();
}

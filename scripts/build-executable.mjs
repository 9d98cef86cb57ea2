// Makes an executable that needs no Node.js: a Node.js with the single file in it, as a single executable application.
//
//   node scripts/build-executable.mjs OUT [NODE]
//
// NODE is the program to copy, this one by default; one of another architecture makes an executable for that.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'postject';

const [out, node = process.execPath] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: node scripts/build-executable.mjs OUT [NODE]');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist-single/jailhouse-bundle.cjs');
if (!existsSync(main)) {
  console.error(`build-executable: ${main} is not there: run \`npm run bundle:single\` first`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'executable-'));
try {
  const config = join(folder, 'config.json');
  const output = join(folder, 'blob');
  // Neither a snapshot nor a code cache: the blob is the same on every architecture.
  const settings = {
    main,
    output,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
  };
  writeFileSync(config, JSON.stringify(settings));
  // What it says on standard error is in the error, if there is one.
  execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: 'pipe' });
  mkdirSync(dirname(out), { recursive: true });
  const making = join(folder, 'made');
  writeFileSync(making, readFileSync(node));
  // Of sections that Node.js does not have, about a dozen times; what fails is thrown.
  const { warn } = console;
  console.warn = (text) => {
    if (!String(text).startsWith("warning: Can't find string offset")) warn(text);
  };
  await inject(making, 'NODE_SEA_BLOB', readFileSync(output), {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  });
  writeFileSync(out, readFileSync(making));
  chmodSync(out, 0o755);
  console.log(`${out}: ${(statSync(out).size / 1e6).toFixed(0)} MB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

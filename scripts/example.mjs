// Builds example-project with the packed plugin, as somebody who installed it would.
// `--linux`: the second manifest, with a guest kernel and an initrd built from Debian's packages first.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const example = join(root, 'example-project');
const linux = process.argv.includes('--linux');

/** What fails says so itself. */
function run(command, words, cwd, stdio = 'inherit') {
  try {
    execFileSync(command, words, { cwd, stdio });
  } catch (error) {
    const why = error.status == null ? (error.code ?? error.signal) : `exit code ${error.status}`;
    console.error(`example: ${[command, ...words].join(' ')}: ${why}`);
    process.exit(1);
  }
}
const npm = (words, cwd) => run('npm', ['--silent', ...words], cwd);

if (linux) {
  run(join(root, 'scripts/build-guest-kernel.sh'), [], root);
  run(join(root, 'scripts/build-guest-initrd.sh'), [], root);
}

npm(['run', 'build'], root);
const packed = mkdtempSync(join(tmpdir(), 'packed-'));
try {
  run('npm', ['pack', '--silent', '--pack-destination', packed], root, ['ignore', 'ignore', 'inherit']);
  const [tarball] = readdirSync(packed);
  // What the package depends on is found in the repository's own node_modules.
  const installed = join(example, 'node_modules/rollup-plugin-jailhouse');
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', join(packed, tarball), '-C', installed, '--strip-components=1'], root);
  // As npm links it: npx would ask the registry for a program of that name otherwise.
  const programs = join(example, 'node_modules/.bin');
  rmSync(programs, { recursive: true, force: true });
  mkdirSync(programs);
  symlinkSync('../rollup-plugin-jailhouse/dist/cli.js', join(programs, 'jailhouse-bundle'));
  chmodSync(join(installed, 'dist/cli.js'), 0o755);
} finally {
  rmSync(packed, { recursive: true });
}
npm(['run', linux ? 'build:linux' : 'build'], example);
npm(['run', 'deploy'], example);

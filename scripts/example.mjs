// Builds example-project with the packed plugin, as somebody who installed it would.
// `linux`, `linux-arm64`: another manifest, with a guest kernel and an initrd made from Debian's packages first.
// `--built`: with dist as it is; else packing builds it.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const example = join(root, 'example-project');
const guests = {
  linux: ['build-guest-kernel.sh', 'build-guest-initrd.sh'],
  'linux-arm64': ['build-guest-arm64.sh'],
};
const words = process.argv.slice(2);
const built = words.includes('--built');
const guest = words.find((word) => word !== '--built');

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

for (const script of guests[guest] ?? []) run(join(root, 'scripts', script), [], root);

const packed = mkdtempSync(join(tmpdir(), 'packed-'));
try {
  const scripts = built ? ['--ignore-scripts'] : [];
  run('npm', ['pack', '--silent', '--pack-destination', packed, ...scripts], root, [
    'ignore',
    'ignore',
    'inherit',
  ]);
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
npm(['run', guest ? `build:${guest}` : 'build'], example);
npm(['run', 'deploy'], example);

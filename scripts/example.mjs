// Builds example-project with the packed plugin, as somebody who installed it would.
// `--linux`: the second manifest, with a guest kernel and an initrd built from Debian's packages first.
// `--built`: with dist as it is; else packing builds it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const example = join(root, 'example-project');
const linux = process.argv.includes('--linux');
const built = process.argv.includes('--built');

const run = (command, words, cwd) => execFileSync(command, words, { cwd, stdio: 'inherit' });
const npm = (words, cwd) => run('npm', ['--silent', ...words], cwd);

if (linux) {
  run(join(root, 'scripts/build-guest-kernel.sh'), [], root);
  run(join(root, 'scripts/build-guest-initrd.sh'), [], root);
}

const packed = mkdtempSync(join(tmpdir(), 'packed-'));
try {
  const words = ['pack', '--silent', '--pack-destination', packed, ...(built ? ['--ignore-scripts'] : [])];
  execFileSync('npm', words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const [tarball] = readdirSync(packed);
  // What the package depends on is found in the repository's own node_modules.
  const installed = join(example, 'node_modules/rollup-plugin-jailhouse');
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', join(packed, tarball), '-C', installed, '--strip-components=1'], root);
} finally {
  rmSync(packed, { recursive: true });
}
npm(['run', linux ? 'build:linux' : 'build'], example);
npm(['run', 'deploy'], example);

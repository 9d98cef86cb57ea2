import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The newest of Debian's linux-source packages. */
export async function linuxSource(): Promise<string> {
  const names = (await readdir('/usr/src')).filter((name) => /^linux-source-.*\.tar\.xz$/.test(name));
  const newest = names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (newest === undefined)
    throw new Error('no /usr/src/linux-source-*.tar.xz: apt-get install linux-source');
  return path.join('/usr/src', newest);
}

/** Unpacks what kconfig reads of a kernel's source: 22 MB instead of 1.3 GB. */
export async function unpackKconfig(tarball: string, folder: string): Promise<void> {
  const kconfig = ['--wildcards', '--wildcards-match-slash', '*/Kconfig', '*/Kconfig.*', '*/Kconfig-*'];
  const build = ['--no-wildcards-match-slash', '*/Makefile', '*/scripts', '*/arch/*/Makefile*'];
  await run('tar', ['-C', folder, '--strip-components=1', '-xJf', tarball, ...kconfig, ...build]);
}

/** A kernel's source, and an architecture as its Makefile calls it. */
export interface Tree {
  root: string;
  arch: 'x86_64' | 'arm64';
}

const make = ({ root, arch }: Tree, build: string, target: string) =>
  run('make', ['-s', '-C', root, `O=${build}`, `ARCH=${arch}`, target]);

/** One for each architecture, so that kconfig itself is compiled only once; the .config in it is what changes. */
async function buildFolder({ root, arch }: Tree): Promise<string> {
  const folder = path.join(root, 'build', arch);
  await mkdir(folder, { recursive: true });
  return folder;
}

const made = new Map<string, string>();

/** The config that a target such as `allyesconfig` makes: seconds, but only the first time. */
export async function makeConfig(tree: Tree, target: string): Promise<string> {
  const key = [tree.root, tree.arch, target].join(' ');
  const before = made.get(key);
  if (before !== undefined) return before;
  const build = await buildFolder(tree);
  await make(tree, build, target);
  const config = await readFile(path.join(build, '.config'), 'utf8');
  made.set(key, config);
  return config;
}

/** What kconfig makes of a config and a fragment, as the fragment's header says to merge them. */
export async function mergeFragment(tree: Tree, config: string, fragment: string): Promise<string> {
  const build = await buildFolder(tree);
  await writeFile(path.join(build, '.config'), config);
  await writeFile(path.join(build, 'fix.config'), fragment);
  const script = path.join(tree.root, 'scripts/kconfig/merge_config.sh');
  await run(script, ['-m', '.config', 'fix.config'], { cwd: build, maxBuffer: 1 << 24 });
  await make(tree, build, 'olddefconfig');
  return readFile(path.join(build, '.config'), 'utf8');
}

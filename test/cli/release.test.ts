import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/reports/output-schema.ts';
import { sha256 } from '../helpers/bytes.ts';
import { Folder, GOOD_FILES, MANIFEST } from '../helpers/cell-files.ts';
import { run, runRefused } from '../helpers/cli.ts';
import { machineFiles } from '../helpers/machine-project.ts';
import { newc } from '../helpers/newc.ts';
import { makeProgram } from '../helpers/program.ts';
import { expectCycloneDx, expectProvenance, expectSpdx } from '../helpers/release.ts';

const STATUS = 'Package: busybox\nVersion: 1:1.35.0-4\nArchitecture: amd64\nStatus: install ok installed\n';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create({
    ...GOOD_FILES,
    ...machineFiles(),
    'demo.cell.yaml': MANIFEST,
    'packed.cell.yaml': `${MANIFEST.replace('demo', 'packed')}bundle: { compress: gzip, kernel: /boot/bz Image }\n`,
    'rootfs.cpio.gz': gzipSync(
      newc([
        { name: 'init', content: makeProgram() },
        { name: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n', mode: 0o100644 },
        { name: 'var/lib/dpkg/status', content: STATUS, mode: 0o100644 },
      ]),
    ),
  });
  const built = await run(['build', 'demo.cell.yaml', 'packed.cell.yaml', 'board.machine.yaml'], {
    cwd: folder.path,
  });
  if (built.code !== 0) throw new Error(built.stderr);
});
afterAll(() => folder.remove());

const cli = (...words: string[]) => run(words, { cwd: folder.path });
const refused = (...words: string[]) => runRefused(words, { cwd: folder.path });

const DOCUMENTS = [
  ['sbom', expectCycloneDx],
  ['sbom --format spdx', expectSpdx],
  ['provenance', expectProvenance],
] as const;

describe.each(DOCUMENTS)('%s', (command, expectValid) => {
  const words = command.split(' ');

  test.each(['demo.tar', 'packed.tar.gz', 'board.tar'])(
    'of %s is valid, and the same in a file',
    async (bundle) => {
      const { code, stdout, stderr } = await cli(...words, bundle);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expectValid(JSON.parse(stdout));
      expect(stdout).toContain(sha256(await readFile(folder.at(bundle))));
      expect(await cli(...words, bundle, '-o', 'out.json')).toMatchObject({
        code: 0,
        stdout: 'out.json\n',
        stderr: '',
      });
      expect(await readFile(folder.at('out.json'), 'utf8')).toBe(stdout);
    },
  );

  test('a bundle that is not intact is refused, and no file is written', async () => {
    const damaged = await readFile(folder.at('demo.tar'));
    damaged[damaged.indexOf('launch.sh') + 600]! ^= 1;
    await writeFile(folder.at('damaged.tar'), damaged);
    const report = await refused(...words, 'damaged.tar', '-o', 'none.json');
    expect(report).toMatch(/damaged\.tar: error bundle\/[^]*nothing is written: the bundle is not intact\n$/);
    expect(await folder.names()).not.toContain('none.json');
    expect(await refused(...words, 'bzImage')).toMatch(/bundle\/no-bundle/);
    expect(await refused(...words, 'missing.tar')).toMatch(/input\/unreadable/);
  });

  test('the bundle is not overwritten', async () => {
    await symlink('demo.tar', folder.at(`${words.length}${words[0]}.link`));
    const { code, stderr } = await cli(...words, 'demo.tar', '-o', `${words.length}${words[0]}.link`);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('would overwrite the bundle'),
    });
  });
});

test('a copy with an odd name is named as it is', async () => {
  await writeFile(folder.at('ü \x1b[2J "&.tar'), await readFile(folder.at('demo.tar')));
  const { stdout } = await cli('provenance', 'ü \x1b[2J "&.tar');
  expect(stdout).not.toContain('\x1b');
  expect(JSON.parse(stdout)).toMatchObject({ subject: [{ name: 'ü \x1b[2J "&.tar' }] });
});

test('the packages of an initrd are found in the bundle', async () => {
  const { stdout } = await cli('sbom', 'demo.tar');
  expect(stdout).toContain('"pkg:deb/debian/busybox@1:1.35.0-4?arch=amd64&distro=debian-12"');
});

test('SOURCE_DATE_EPOCH is the time of the documents; without it, that of the files in the bundle', async () => {
  const at = (env: Record<string, string>) => run(['sbom', 'demo.tar'], { cwd: folder.path, env });
  expect((await at({})).stdout).toContain('"timestamp": "1980-01-01T00:00:00Z"');
  expect((await at({ SOURCE_DATE_EPOCH: '1700000000' })).stdout).toContain(
    '"timestamp": "2023-11-14T22:13:20Z"',
  );
  expect(await at({ SOURCE_DATE_EPOCH: 'now' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('build/source-date-epoch'),
  });
});

describe('a key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  beforeAll(async () => {
    await writeFile(folder.at('key.pem'), privateKey.export(pem));
    await writeFile(
      folder.at('locked.pem'),
      privateKey.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'secret' }),
    );
    await writeFile(folder.at('password'), 'secret\n');
  });

  const expectSigned = (text: string): void => {
    const { payload, payloadType, signatures } = JSON.parse(text) as {
      payload: string;
      payloadType: string;
      signatures: { sig: string }[];
    };
    const statement = Buffer.from(payload, 'base64');
    expectProvenance(JSON.parse(statement.toString()));
    const signed = Buffer.concat([
      Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${statement.length} `),
      statement,
    ]);
    expect(verify(null, signed, publicKey, Buffer.from(signatures[0]!.sig, 'base64'))).toBe(true);
  };

  test('signs the provenance, the same in every run', async () => {
    const { code, stdout, stderr } = await cli('provenance', 'demo.tar', '--secret-key', 'key.pem');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectSigned(stdout);
    const locked = await cli(
      'provenance',
      'demo.tar',
      '--secret-key',
      'locked.pem',
      '--password-file',
      'password',
    );
    expect(locked.stdout).toBe(stdout);
  });

  test('signs what is attached to the layout', async () => {
    const { stdout } = await cli('oci', '--json', 'demo.tar', '-o', 'signed', '--secret-key', 'key.pem');
    const { layout } = (JSON.parse(stdout) as Report<'oci'>).subjects[0]!;
    const manifest = layout!.attached.find(({ mediaType }) => mediaType.includes('dsse'));
    const blob = (digest: string) => readFile(folder.at(`signed/blobs/sha256/${digest.slice(7)}`), 'utf8');
    const { layers } = JSON.parse(await blob(manifest!.digest)) as { layers: [{ digest: string }] };
    expectSigned(await blob(layers[0].digest));
  });

  test('that is none, or has another password, is refused before anything is written', async () => {
    const words = ['--secret-key', 'locked.pem', '--password-file', 'demo.cell.yaml'];
    expect(await refused('provenance', 'demo.tar', '-o', 'unsigned.json', ...words)).toContain(
      'key/password',
    );
    expect(await refused('oci', 'demo.tar', '-o', 'unsigned', ...words)).toContain('key/password');
    expect(await refused('oci', 'demo.tar', '-o', 'unsigned', '--secret-key', 'demo.cell.yaml')).toContain(
      'key/format',
    );
    expect((await folder.names()).filter((name) => name.startsWith('unsigned'))).toEqual([]);
  });

  test('is not overwritten', async () => {
    const { code, stderr } = await cli('provenance', 'demo.tar', '-o', 'key.pem', '--secret-key', 'key.pem');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('a file with a secret') });
  });
});

test('--builder-id is a URI', async () => {
  const { stdout } = await cli('provenance', 'demo.tar', '--builder-id', 'https://ci.example/runner');
  expect(stdout).toContain('"id": "https://ci.example/runner"');
  for (const id of ['ci', 'https://a b', '']) {
    expect((await cli('provenance', 'demo.tar', '--builder-id', id)).code).toBe(2);
  }
});

/** All files below a folder, with their content. */
async function contentsOf(name: string): Promise<Record<string, string>> {
  const files = await readdir(folder.at(name), { recursive: true, withFileTypes: true });
  const entries = files
    .filter((file) => file.isFile())
    .map(async (file) => {
      const path = `${file.parentPath}/${file.name}`;
      return [path.slice(folder.at(name).length + 1), sha256(await readFile(path))] as const;
    });
  return Object.fromEntries((await Promise.all(entries)).toSorted());
}

describe('oci', () => {
  test.each(['demo.tar', 'packed.tar.gz', 'board.tar'])('%s: two layouts are equal', async (bundle) => {
    const first = await cli('oci', bundle, '-o', `one-${bundle}`);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      new RegExp(`^sha256:[0-9a-f]{64} {2}oci:one-${bundle}:bundle\n(?:sha256:.*\n){3}$`),
    );
    await cli('oci', bundle, '-o', `deep/er/${bundle}`);
    const files = await contentsOf(`one-${bundle}`);
    expect(await contentsOf(`deep/er/${bundle}`)).toEqual(files);
    const digest = sha256(await readFile(folder.at(bundle)));
    expect(files[`blobs/sha256/${digest}`]).toBe(digest);
    for (const [path, content] of Object.entries(files)) {
      if (path.startsWith('blobs/')) expect(path).toBe(`blobs/sha256/${content}`);
    }
    expect((await folder.names()).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('--json has the digests', async () => {
    const { stdout } = await cli('oci', '--json', 'demo.tar', '-o', 'json-layout');
    const { subjects } = JSON.parse(stdout) as Report<'oci'>;
    const { layout } = subjects[0]!;
    expect(layout).toMatchObject({ folder: 'json-layout', tag: 'bundle' });
    expect(layout!.referrersTag).toBe(layout!.digest.replace(':', '-'));
    expect(layout!.attached.map(({ mediaType }) => mediaType)).toEqual([
      'application/vnd.cyclonedx+json',
      'application/spdx+json',
      'application/vnd.in-toto+json',
    ]);
    for (const { digest } of [layout!, ...layout!.attached]) {
      expect(await readdir(folder.at('json-layout/blobs/sha256'))).toContain(digest.slice(7));
    }
  });

  test('a layout of before is replaced, and so is an empty folder', async () => {
    await mkdir(folder.at('again'));
    await cli('oci', 'demo.tar', '-o', 'again');
    expect(await cli('oci', 'board.tar', '-o', 'again/')).toMatchObject({ code: 0, stderr: '' });
    expect(await contentsOf('again')).toEqual(await contentsOf('one-board.tar'));
    await symlink('again', folder.at('link'));
    await cli('oci', 'demo.tar', '-o', 'link');
    expect(await contentsOf('again')).toEqual(await contentsOf('one-demo.tar'));
  });

  test.each([
    ['a folder with something else', 'other', 'output/not-a-layout'],
    ['a layout with an image that was copied into it', 'mixed', 'output/not-a-layout'],
    ['a layout with a file of its owner', 'with-key', 'output/not-a-layout'],
    ['a layout with a file among its blobs', 'with-blob', 'output/not-a-layout'],
    ['a file', 'bzImage', 'output/not-a-layout'],
    ['a folder in a file', 'bzImage/layout', 'output/unwritable'],
  ])('%s is refused, and left as it is', async (_, name, code) => {
    await folder.write({ 'other/file': 'mine' });
    for (const layout of ['mixed', 'with-key', 'with-blob']) await cli('oci', 'demo.tar', '-o', layout);
    await folder.write({ 'with-key/release.key': 'mine', 'with-blob/blobs/sha256/notes.txt': 'mine' });
    const index = folder.at('mixed/index.json');
    const list = JSON.parse(await readFile(index, 'utf8')) as { manifests: object[] };
    if (list.manifests.length === 5) {
      list.manifests.push(list.manifests[0]!);
      await writeFile(index, JSON.stringify(list));
    }
    const seen = async () => {
      const contents = ['other', 'mixed', 'with-key', 'with-blob'].map(contentsOf);
      return [...(await Promise.all(contents)), await folder.names()];
    };
    const before = await seen();
    expect(await refused('oci', 'demo.tar', '-o', name)).toContain(code);
    expect(await seen()).toEqual(before);
    const json = await cli('oci', '--json', 'demo.tar', '-o', name);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      findings: [{ rule: code }],
      subjects: [{ layout: null }],
    });
  });

  test('a bundle that is not intact is refused before anything is written', async () => {
    await writeFile(folder.at('cut.tar'), (await readFile(folder.at('demo.tar'))).subarray(0, -600));
    expect(await refused('oci', 'cut.tar', '-o', 'cut')).toMatch(/cut\.tar: error bundle\//);
    const json = await cli('oci', '--json', 'cut.tar', '-o', 'cut');
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      subjects: [{ file: 'cut.tar', layout: null }],
    });
    expect(await folder.names()).not.toContain('cut');
  });

  test('the folder must be named', async () => {
    expect((await cli('oci', 'demo.tar')).code).toBe(2);
    expect((await cli('oci', 'demo.tar', '-o', '')).code).toBe(2);
  });

  test('files are as readable as others', async () => {
    const { mode } = await stat(folder.at('one-demo.tar/index.json'));
    expect(mode & 0o444).toBe((await stat(folder.at('demo.tar'))).mode & 0o444);
  });
});

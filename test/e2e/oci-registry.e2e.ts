import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatSecretKey, RANDOM_SIZES, secretKeyFrom } from '../../src/release/minisign/secret-key.ts';
import type { Report } from '../../src/reports/output-schema.ts';
import { sha256 } from '../helpers/bytes.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { readPage } from '../helpers/docs.ts';

type Layout = NonNullable<Report<'oci'>['subjects'][number]['layout']>;

let folder: Folder;
let store = '';
let registry: ChildProcess;
let address = '';
let layout: Layout;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Debian's docker-registry on the loopback interface, which keeps no list of referrers. */
async function startRegistry(): Promise<void> {
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  store = await mkdtemp(join(tmpdir(), 'registry-'));
  const config = join(store, 'config.yml');
  const storage = `storage: { filesystem: { rootdirectory: ${store}/data } }`;
  await writeFile(config, `version: 0.1\nlog: { level: error }\n${storage}\nhttp: { addr: '${address}' }\n`);
  registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`http://${address}/v2/`).catch(() => null);
    if (answer?.ok) return;
    await delay(50);
  }
  throw new Error('docker-registry does not answer');
}

beforeAll(async () => {
  folder = await Folder.create();
  await startRegistry();
  await run(['build', 'demo.cell.yaml'], { cwd: folder.path });
  const { stdout } = await run(['oci', '--json', 'demo.tar', '-o', 'layout'], { cwd: folder.path });
  layout = (JSON.parse(stdout) as Report<'oci'>).subjects[0]!.layout!;
});
afterAll(async () => {
  registry?.kill();
  await folder.remove();
  if (store !== '') await rm(store, { recursive: true, force: true });
});

const skopeo = (...words: string[]): Buffer =>
  execFileSync('skopeo', words, { cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] });

/** The digest of a manifest, as skopeo gives it. */
const digestAt = (place: string): string =>
  `sha256:${sha256(skopeo('inspect', '--raw', ...(place.startsWith('docker:') ? ['--tls-verify=false'] : []), place))}`;

test('skopeo reads the layout', () => {
  expect(digestAt('oci:layout:bundle')).toBe(layout.digest);
  const list = JSON.parse(skopeo('inspect', '--raw', `oci:layout:${layout.referrersTag}`).toString()) as {
    manifests: { digest: string; artifactType: string }[];
  };
  expect(list.manifests.map(({ digest, artifactType }) => ({ digest, mediaType: artifactType }))).toEqual(
    layout.attached,
  );
});

test('a registry and back: the digest is the same, and what is attached comes along', async () => {
  const remote = `docker://${address}/cells/demo`;
  skopeo('copy', '--dest-tls-verify=false', 'oci:layout:bundle', `${remote}:1.0`);
  const { referrersTag } = layout;
  skopeo(
    'copy',
    '--all',
    '--dest-tls-verify=false',
    `oci:layout:${referrersTag}`,
    `${remote}:${referrersTag}`,
  );
  expect(digestAt(`${remote}:1.0`)).toBe(layout.digest);
  expect(digestAt(`${remote}@${layout.digest}`)).toBe(layout.digest);
  for (const { digest } of layout.attached) expect(digestAt(`${remote}@${digest}`)).toBe(digest);

  skopeo('copy', '--src-tls-verify=false', `${remote}:1.0`, 'oci:back:bundle');
  skopeo('copy', '--all', '--src-tls-verify=false', `${remote}:${referrersTag}`, `oci:back:${referrersTag}`);
  expect(digestAt('oci:back:bundle')).toBe(layout.digest);
  // skopeo before 1.14 writes the list anew, without the artifacts' types.
  const list = JSON.parse(skopeo('inspect', '--raw', `oci:back:${referrersTag}`).toString()) as {
    manifests: { digest: string }[];
  };
  expect(list.manifests.map(({ digest }) => digest)).toEqual(layout.attached.map(({ digest }) => digest));
  const blob = (digest: string): Promise<Buffer> =>
    readFile(folder.at(`back/blobs/sha256/${digest.slice(7)}`));
  const bundle = await readFile(folder.at('demo.tar'));
  expect(await blob(`sha256:${sha256(bundle)}`)).toEqual(bundle);
  for (const { digest } of layout.attached) {
    const { subject, layers } = JSON.parse((await blob(digest)).toString()) as {
      subject: { digest: string };
      layers: [{ digest: string }];
    };
    expect(subject.digest).toBe(layout.digest);
    expect((await blob(layers[0].digest)).toString()).toContain(sha256(bundle));
  }
});

/** The commands of a section of the page, a block each. */
const blocksOf = (heading: string): string[] => {
  const section = readPage('release.md')
    .split(/^## /m)
    .find((text) => text.startsWith(`${heading}\n`))!;
  return [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!.trimEnd());
};

test('the commands of the page do what it says', async () => {
  const key = secretKeyFrom(randomBytes(RANDOM_SIZES.key));
  await folder.write({
    'linux.tar': await readFile(folder.at('demo.tar')),
    'release.key': await formatSecretKey(key, null),
  });
  for (const section of ['sbom', 'provenance', 'oci']) {
    const lines = blocksOf(section).flatMap((block) => block.split('\n'));
    for (const line of lines.filter((each) => each.startsWith('jailhouse-bundle '))) {
      const [, ...words] = line.split(' ');
      expect(await run(words, { cwd: folder.path }), line).toMatchObject({ code: 0, stderr: '' });
    }
  }
  // The commands say nothing of TLS: that this registry has none is the user's setting.
  await folder.write({
    '.config/containers/registries.conf': `[[registry]]\nlocation = "${address}"\ninsecure = true\n`,
  });
  const [, copying, asking, ...more] = blocksOf('oci');
  expect(more).toEqual([]);
  const env = { ...process.env, REGISTRY: address, HOME: folder.path };
  const shell = (script: string): string =>
    execFileSync('sh', ['-euc', script], {
      cwd: folder.path,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString();
  shell(copying!);
  const [digest] = shell(asking!).split(' ');
  expect(`sha256:${digest}`).toBe(digestAt('oci:linux.oci:bundle'));
  expect(digestAt(`docker://${address}/cells/linux:sha256-${digest}`)).toMatch(/^sha256:/);
});

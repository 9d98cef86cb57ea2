import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatPublicKey, parsePublicKey } from '../../src/release/minisign/public-key.ts';
import { formatSecretKey, readSecretKey } from '../../src/release/minisign/secret-key.ts';
import {
  blake2b512,
  judgeSignature,
  parseSignature,
  signDigest,
} from '../../src/release/minisign/signature.ts';
import type { LaunchInput } from '../../src/bundle/launch/types.ts';
import { TARGET_VERIFIER } from '../../src/release/target-verifier.ts';
import { utf8 } from '../helpers/bytes.ts';
import { run } from '../helpers/cli.ts';
import { inRig, launchInput, LaunchRig } from '../helpers/launch/rig.ts';
import { machineRig } from '../helpers/launch/machine-cases.ts';
import { machineFiles } from '../helpers/machine-project.ts';
import { keyOf, openKeyFile } from '../helpers/minisign.ts';

const folder = await mkdtemp(join(tmpdir(), 'signatures '));
afterAll(() => rm(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const minisign = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync('minisign', args, { cwd: folder, encoding: 'utf8', input });
  return { status, output: stdout + stderr };
};

beforeAll(async () => {
  await writeFile(at('file'), 'what is signed\n');
  await writeFile(at('ours.key'), await openKeyFile(keyOf(1)));
  await writeFile(at('ours.pub'), formatPublicKey(keyOf(1)));
  await writeFile(at('other.key'), await openKeyFile(keyOf(2)));
  await writeFile(at('other.pub'), formatPublicKey(keyOf(2)));
});

const content = utf8('what is signed\n');
const judged = async (signature: string, key: string) =>
  judgeSignature(parseSignature(await readFile(at(signature))), parsePublicKey(await readFile(at(key))), {
    content,
  });

describe('minisign', () => {
  const verify = (key: string) => minisign(['-V', '-p', key, '-m', 'file']);

  test('accepts our signature, and shows its comment', async () => {
    await writeFile(at('file.minisig'), signDigest(keyOf(1), blake2b512(content), 'file:file'));
    const { status, output } = verify('ours.pub');
    expect({ status, output }).toEqual({
      status: 0,
      output: expect.stringContaining('Trusted comment: file:file'),
    });
    expect(verify('other.pub').status).not.toBe(0);
  });

  test('refuses what we refuse', async () => {
    const signature = signDigest(keyOf(1), blake2b512(content), 'file:file');
    const lines = Buffer.from(signature).toString().split('\n');
    const cut = [...lines.slice(0, 1), lines[1]!.slice(0, 60), ...lines.slice(2)].join('\n');
    const renumbered = Buffer.from(lines[1]!, 'base64').fill(9, 2, 10).toString('base64');
    for (const bad of [
      cut,
      lines.with(1, renumbered).join('\n'),
      lines.slice(0, 2).join('\n'),
      lines.join('\n').replace('file:file', 'file:fil'),
    ]) {
      await writeFile(at('file.minisig'), bad);
      expect(verify('ours.pub').status).not.toBe(0);
      await expect(
        judged('file.minisig', 'ours.pub').then((verdict) => expect(verdict).toBe('good')),
      ).rejects.toThrow();
    }
  });

  test('signs with our keys, prehashed or not, and we accept it', async () => {
    for (const legacy of [[], ['-l']]) {
      expect(minisign(['-S', ...legacy, '-s', 'ours.key', '-m', 'file', '-x', 'theirs.minisig']).status).toBe(
        0,
      );
      expect(await judged('theirs.minisig', 'ours.pub')).toBe('good');
      expect(await judged('theirs.minisig', 'other.pub')).toBe('key');
    }
  });

  test('makes keys that we sign with, and reads back what we sign', async () => {
    expect(minisign(['-G', '-W', '-p', 'theirs.pub', '-s', 'theirs.key']).status).toBe(0);
    const key = await readSecretKey(await readFile(at('theirs.key'))).open(new Uint8Array(0));
    expect(Buffer.from(formatPublicKey(key)).toString()).toContain(
      (await readFile(at('theirs.pub'), 'utf8')).split('\n')[1],
    );
    await writeFile(at('file.minisig'), signDigest(key, blake2b512(content), 'file:file'));
    expect(verify('theirs.pub').status).toBe(0);
  });

  test('and we read keys of each other that have a password', async () => {
    expect(minisign(['-G', '-p', 'closed.pub', '-s', 'closed.key'], 'pässword\npässword\n').status).toBe(0);
    const read = readSecretKey(await readFile(at('closed.key')));
    expect(read.needsPassword).toBe(true);
    const key = await read.open(utf8('pässword'));
    expect(key.key).toEqual(parsePublicKey(await readFile(at('closed.pub'))).key);
    const protection = { password: utf8('pässword'), salt: new Uint8Array(32).fill(3) };
    await writeFile(at('ours-closed.key'), await formatSecretKey(keyOf(4), protection));
    await writeFile(at('ours-closed.pub'), formatPublicKey(keyOf(4)));
    const signed = minisign(
      ['-S', '-s', 'ours-closed.key', '-m', 'file', '-x', 'closed.minisig'],
      'pässword\n',
    );
    expect(signed).toMatchObject({ status: 0 });
    expect(await judged('closed.minisig', 'ours-closed.pub')).toBe('good');
    expect(
      minisign(['-S', '-s', 'ours-closed.key', '-m', 'file', '-x', 'no.minisig'], 'x\n').status,
    ).not.toBe(0);
  });
});

const programOf = (name: string): string =>
  execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
const [busybox, dash, bash] = ['busybox', 'dash', 'bash'].map(programOf) as [string, string, string];
const applets = at('applets');
/** PATHs with one of the tools alone. */
const only = { minisign: at('only minisign'), openssl: at('only openssl'), neither: at('neither') };

beforeAll(async () => {
  for (const path of [applets, ...Object.values(only)]) await mkdir(path);
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    for (const path of [applets, ...Object.values(only)]) await symlink(busybox, join(path, applet));
  }
  for (const tool of ['minisign', 'openssl'] as const) await symlink(programOf(tool), join(only[tool], tool));
});

/** A signed bundle on a target that has `ours.pub`. */
async function target(
  input: Partial<LaunchInput> = {},
): Promise<{ rig: LaunchRig; keys: string; sign: (key?: number) => Promise<void> }> {
  const rig = await LaunchRig.create(launchInput(input));
  const keys = join(rig.folder, 'etc/jailhouse/keys');
  await mkdir(join(keys, 'revoked'), { recursive: true });
  await copyFile(at('ours.pub'), join(keys, 'ours.pub'));
  const sign = async (key = 1): Promise<void> => {
    const sums = await readFile(join(rig.bundle, 'SHA256SUMS'));
    await writeFile(
      join(rig.bundle, 'SHA256SUMS.minisig'),
      signDigest(keyOf(key), blake2b512(sums), 'file:demo/SHA256SUMS'),
    );
  };
  await sign();
  return { rig, keys, sign };
}

describe.each([
  { name: 'dash, minisign', command: [dash], path: only.minisign },
  { name: 'bash, openssl', command: [bash], path: only.openssl },
  { name: 'busybox ash, minisign', command: [busybox, 'sh'], path: only.minisign },
  { name: 'busybox ash, openssl', command: [busybox, 'sh'], path: only.openssl },
])('launch.sh under $name', (shell) => {
  type Arrange = (on: Awaited<ReturnType<typeof target>>) => Promise<unknown>;
  const launched = async (arrange: Arrange, env: Record<string, string> = {}, verb = 'start') => {
    const on = await target();
    await arrange(on);
    const outcome = await on.rig.run(shell, [verb], { env });
    const calls = await on.rig.calls();
    await on.rig.remove();
    return { ...outcome, calls: calls.length };
  };
  const edit: Arrange = ({ rig }) => writeFile(join(rig.bundle, 'kernel'), 'another kernel');
  const resum: Arrange = async (on) => {
    await edit(on);
    await on.rig.sign();
  };
  const unsign: Arrange = ({ rig }) => rm(join(rig.bundle, 'SHA256SUMS.minisig'));
  const require: Arrange = ({ keys }) => writeFile(join(keys, 'required'), '');
  const crlf =
    (name: string): Arrange =>
    async ({ keys }) => {
      const text = await readFile(join(keys, name), 'utf8');
      await writeFile(join(keys, name), text.replaceAll('\n', '\r\n'));
    };
  const nothing: Arrange = async () => undefined;
  const all =
    (...steps: readonly Arrange[]): Arrange =>
    async (on) => {
      for (const step of steps) await step(on);
    };

  test('starts what a key of the target signed', async () => {
    expect(await launched(nothing)).toMatchObject({ code: 0, stderr: "launch.sh: cell 'demo' is running\n" });
    expect(await launched(require)).toMatchObject({ code: 0 });
    const verified = await launched(nothing, {}, 'verify');
    expect(verified).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/signature: it is by .*\/ours.pub\n/),
    });
  });

  test('starts an unsigned bundle where no key is, or none is required, and says so', async () => {
    expect(await launched(all(unsign, ({ keys }) => rm(keys, { recursive: true })))).toMatchObject({
      code: 0,
      stderr: "launch.sh: cell 'demo' is running\n",
    });
    const optional = await launched(unsign);
    expect(optional).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('signature: the bundle is not signed; with a file'),
    });
  });

  test.each<[string, Arrange, RegExp, Record<string, string>]>([
    ['digests that were made again', resum, /not signed by a key that counts/, {}],
    ['another kernel', edit, /verify: kernel: differs/, {}],
    ['another key', ({ sign }) => sign(2), /not signed by a key that counts/, {}],
    [
      'a signature that is cut',
      ({ rig }) => writeFile(join(rig.bundle, 'SHA256SUMS.minisig'), 'untrusted comment: x\nRUQ\n'),
      /not signed by a key/,
      {},
    ],
    [
      'the number of another key',
      async ({ rig }) => {
        const file = join(rig.bundle, 'SHA256SUMS.minisig');
        const lines = (await readFile(file, 'utf8')).split('\n');
        const renumbered = Buffer.from(lines[1]!, 'base64').fill(9, 2, 10).toString('base64');
        await writeFile(file, lines.with(1, renumbered).join('\n'));
      },
      /not signed by a key/,
      {},
    ],
    [
      'an empty signature',
      ({ rig }) => writeFile(join(rig.bundle, 'SHA256SUMS.minisig'), ''),
      /not signed by a key/,
      {},
    ],
    [
      'no signature, where one is required',
      all(unsign, require),
      /the bundle is not signed, and .*required requires/,
      {},
    ],
    [
      'no signature, with LAUNCH_KEY',
      unsign,
      /the bundle is not signed, and LAUNCH_KEY requires/,
      { LAUNCH_KEY: at('ours.pub') },
    ],
    ['another LAUNCH_KEY', nothing, /not signed by a key that counts/, { LAUNCH_KEY: at('other.pub') }],
    [
      'a LAUNCH_KEY that is not there',
      nothing,
      /LAUNCH_KEY is '.*', which is not a file/,
      { LAUNCH_KEY: at('none') },
    ],
    [
      'LAUNCH_KEY where signatures of the target are required',
      all(require, ({ sign }) => sign(2)),
      /LAUNCH_KEY is not used[^]*not signed by a key/,
      { LAUNCH_KEY: at('other.pub') },
    ],
    [
      'a revoked key',
      ({ keys }) => copyFile(at('ours.pub'), join(keys, 'revoked/old.pub')),
      /not signed by a key/,
      {},
    ],
    [
      'a revoked key with another number',
      ({ keys }) =>
        writeFile(join(keys, 'revoked/old.pub'), formatPublicKey({ ...keyOf(1), id: keyOf(9).id })),
      /not signed by a key/,
      {},
    ],
    [
      'a key that is none',
      ({ keys }) => writeFile(join(keys, 'a.pub'), 'x\ny\n'),
      /a.pub: is not a public key/,
      {},
    ],
    [
      'a revoked key that is none',
      ({ keys }) => writeFile(join(keys, 'revoked/x.pub'), 'x'),
      /x.pub: is not a public key/,
      {},
    ],
    ['a key with line ends of Windows', crlf('ours.pub'), /ours.pub: has the line ends of Windows/, {}],
    [
      'a revoked key with line ends of Windows',
      all(({ keys }) => copyFile(at('other.pub'), join(keys, 'revoked/o.pub')), crlf('revoked/o.pub')),
      /o.pub: has the line ends of Windows/,
      {},
    ],
    [
      'a key that is a folder',
      ({ keys }) => mkdir(join(keys, 'a.pub')),
      /a.pub: is not a public key of minisign/,
      {},
    ],
    [
      'a key that is a link to nothing',
      ({ keys }) => symlink('/nowhere', join(keys, 'a.pub')),
      /a.pub: cannot be read/,
      {},
    ],
    [
      'a revoked key that is a link to nothing',
      ({ keys }) => symlink('/nowhere', join(keys, 'revoked/a.pub')),
      /a.pub: cannot be read/,
      {},
    ],
    [
      'a revoked key whose name has capital letters',
      ({ keys }) => copyFile(at('ours.pub'), join(keys, 'revoked/OLD.PUB')),
      /not signed by a key/,
      {},
    ],
    ...['Revoked', 'REQUIRED', 'other.Pub'].map((name): [string, Arrange, RegExp, Record<string, string>] => [
      `${name} among the keys`,
      ({ keys }) => writeFile(join(keys, name), ''),
      new RegExp(`${name}: does not count with capital letters`),
      {},
    ]),
    [
      'an unsigned bundle where `required` is a link to nothing',
      all(unsign, ({ keys }) => symlink('/nowhere', join(keys, 'required'))),
      /the bundle is not signed, and .*required requires/,
      {},
    ],
    [
      'a folder of revoked keys that others can write',
      ({ keys }) => chmod(join(keys, 'revoked'), 0o777),
      /revoked: others than root/,
      {},
    ],
    [
      'a revoked key that others can write, with LAUNCH_KEY',
      async ({ keys }) => {
        await copyFile(at('other.pub'), join(keys, 'revoked/o.pub'));
        await chmod(join(keys, 'revoked/o.pub'), 0o666);
      },
      /o.pub: others than root/,
      { LAUNCH_KEY: at('ours.pub') },
    ],
    [
      'keys in a folder that others can write',
      ({ keys }) => chmod(dirname(keys), 0o777),
      /etc\/jailhouse: others than root/,
      {},
    ],
    ['an empty LAUNCH_KEY', unsign, /LAUNCH_KEY is empty/, { LAUNCH_KEY: '' }],
    [
      'a LAUNCH_KEY that is a folder',
      nothing,
      /LAUNCH_KEY is '.*', which is not a file/,
      { LAUNCH_KEY: '/' },
    ],
    [
      'a key that others can write',
      ({ keys }) => chmod(join(keys, 'ours.pub'), 0o666),
      /ours.pub: others than root/,
      {},
    ],
    [
      'a folder of keys that others can write',
      ({ keys }) => chmod(keys, 0o775),
      /keys: others than root/,
      {},
    ],
    [
      'no key, where one is required',
      all(require, ({ keys }) => rm(join(keys, 'ours.pub'))),
      /no public key in .*required requires/,
      {},
    ],
    [
      'a file that is not listed',
      ({ rig }) => writeFile(join(rig.bundle, '.extra'), ''),
      /verify: .extra: is in the bundle's folder/,
      {},
    ],
    [
      'a link that is not listed',
      ({ rig }) => symlink('/nowhere', join(rig.bundle, 'link')),
      /verify: link: is in the bundle's folder/,
      {},
    ],
    [
      'a file whose name is a digest of SHA256SUMS',
      async ({ rig }) => {
        const sums = await readFile(join(rig.bundle, 'SHA256SUMS'), 'utf8');
        await writeFile(join(rig.bundle, sums.slice(0, 64)), '');
      },
      /verify: [0-9a-f]{64}: is in the bundle's folder/,
      {},
    ],
  ])('refuses %s', async (_, arrange, reason, env) => {
    const { code, stderr, calls } = await launched(arrange, env);
    expect({ code, stderr, calls }).toEqual({ code: 1, stderr: expect.stringMatching(reason), calls: 0 });
  });

  test('takes all keys that are there, and none that was taken away', async () => {
    const on = await target();
    const start = async (key: number): Promise<string> => {
      await on.sign(key);
      const { code, stderr } = await on.rig.run(shell, ['verify']);
      return code === 0 ? 'good' : stderr;
    };
    const refused = expect.stringContaining('not signed by a key that counts');
    expect([await start(1), await start(2)]).toEqual(['good', refused]);
    await copyFile(at('other.pub'), join(on.keys, 'new.pub'));
    expect([await start(1), await start(2)]).toEqual(['good', 'good']);
    await rm(join(on.keys, 'ours.pub'));
    expect([await start(1), await start(2)]).toEqual([refused, 'good']);
    await rename(join(on.keys, 'new.pub'), join(on.keys, 'revoked/new.pub'));
    await copyFile(at('ours.pub'), join(on.keys, 'ours.pub'));
    expect([await start(1), await start(2)]).toEqual(['good', refused]);
    await on.rig.remove();
  });

  test('leaves nothing in the folder for temporary files', async () => {
    const on = await target();
    const temporary = join(on.rig.folder, 'tmp');
    await mkdir(temporary);
    await on.rig.run(shell, ['verify'], { env: { TMPDIR: temporary } });
    expect(execFileSync('ls', ['-A', temporary], { encoding: 'utf8' })).toBe('');
    await on.rig.remove();
  });
});

test('launch.sh needs minisign or openssl where a signature is to be verified, and asks no PATH where it must', async () => {
  const shell = { command: [dash], path: only.neither };
  const on = await target();
  const without = await on.rig.run(shell, ['start']);
  expect(without).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('neither minisign nor openssl 3.0'),
  });
  const old = join(only.neither, 'openssl');
  await writeFile(old, '#!/bin/sh\necho "Usage: pkeyutl [options]: -in -sign -verify" >&2\n', {
    mode: 0o755,
  });
  expect(await on.rig.run(shell, ['start'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('neither minisign nor openssl 3.0'),
  });
  await rm(old);
  const lying = join(on.rig.folder, 'lying');
  await mkdir(lying);
  const reached = join(on.rig.folder, 'reached');
  const tools = [
    'minisign',
    'sha256sum',
    'readlink',
    'wc',
    'cat',
    'ls',
    'id',
    'mktemp',
    'tr',
    'sed',
    'mkdir',
  ];
  for (const tool of tools) {
    await writeFile(join(lying, tool), `#!/bin/sh\necho ${tool} >>'${reached}'\n`, { mode: 0o755 });
  }
  await on.sign(2);
  await writeFile(join(on.keys, 'required'), '');
  const lied = await on.rig.run({ command: [dash], path: `${lying}:/usr/bin:/bin` }, ['start']);
  expect(lied).toMatchObject({ code: 1, stderr: expect.stringContaining('not signed by a key that counts') });
  const found = await on.rig.run(
    { command: [dash], path: `${lying}:${on.rig.bundle}:/usr/bin:/bin` },
    ['stop'],
    {
      script: 'launch.sh',
      cwd: on.rig.bundle,
    },
  );
  expect(found).toMatchObject({ code: 0 });
  expect(existsSync(reached)).toBe(false);
  await on.rig.remove();
});

describe('the bundle of a machine', () => {
  const project = at('machine');
  const bundle = join(project, 'board');
  const sh = (script: string) =>
    spawnSync('sh', ['-c', script], {
      cwd: project,
      env: { PATH: process.env['PATH']!, LAUNCH_KEY: at('ours.pub') },
      encoding: 'utf8',
    });

  beforeAll(async () => {
    await mkdir(project);
    for (const [name, file] of Object.entries(machineFiles())) await writeFile(join(project, name), file);
    const words = ['build', 'board.machine.yaml', '--secret-key', at('ours.key')];
    const { code, stderr } = await run(words, { cwd: project });
    if (code !== 0) throw new Error(stderr);
  });
  const unpack = async (): Promise<void> => {
    await rm(bundle, { recursive: true, force: true });
    execFileSync('tar', ['-xof', 'board.tar'], { cwd: project });
  };

  test('is signed in it and beside it, as minisign sees', async () => {
    await unpack();
    for (const [file, key, status] of [
      ['board.tar', 'ours.pub', 0],
      ['board/SHA256SUMS', 'ours.pub', 0],
      ['board.tar', 'other.pub', 1],
    ] as const) {
      const { status: actual, output } = minisign(['-V', '-p', key, '-m', join('machine', file)]);
      expect({ file, key, status: actual, output }).toMatchObject({ status });
    }
  });

  test.each<[string, () => Promise<unknown>, number, RegExp]>([
    ['as it was built', async () => undefined, 0, /signature: it is by .*ours\.pub/],
    ['another image', () => writeFile(join(bundle, 'rtos.image0'), 'x'), 1, /rtos\.image0: differs/],
    [
      'digests that were made again',
      async () => {
        await writeFile(join(bundle, 'rtos.image0'), 'x');
        sh('cd board && sha256sum $(sed "s/^[^ ]*  //" SHA256SUMS) >sums && mv sums SHA256SUMS');
      },
      1,
      /not signed by a key that counts/,
    ],
    [
      'the signature of another key',
      async () =>
        writeFile(
          join(bundle, 'SHA256SUMS.minisig'),
          signDigest(
            keyOf(2),
            blake2b512(await readFile(join(bundle, 'SHA256SUMS'))),
            'file:board/SHA256SUMS',
          ),
        ),
      1,
      /not signed by a key that counts/,
    ],
    ['no signature', () => rm(join(bundle, 'SHA256SUMS.minisig')), 1, /the bundle is not signed/],
  ])('launch.sh verify: %s', async (_, arrange, code, says) => {
    await unpack();
    await arrange();
    const { status, stderr } = sh('exec board/launch.sh verify');
    expect({ status, stderr }).toEqual({ status: code, stderr: expect.stringMatching(says) });
  });

  test('starts by the keys of the target, and not without', async () => {
    const rig = await machineRig();
    const keys = join(rig.folder, 'etc/jailhouse/keys');
    await mkdir(keys, { recursive: true });
    await copyFile(at('ours.pub'), join(keys, 'ours.pub'));
    await writeFile(join(keys, 'required'), '');
    const start = () =>
      rig.run({ command: [dash], path: only.minisign }, ['start'], { env: { STUB_MACHINE: 'yes' } });
    const sign = async (key: number): Promise<void> => {
      const sums = await readFile(join(rig.bundle, 'SHA256SUMS'));
      const signature = signDigest(keyOf(key), blake2b512(sums), 'file:board/SHA256SUMS');
      await writeFile(join(rig.bundle, 'SHA256SUMS.minisig'), signature);
    };
    expect(await start()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the bundle is not signed'),
    });
    await sign(2);
    expect(await start()).toMatchObject({ code: 1, stderr: expect.stringContaining('not signed by a key') });
    expect(await rig.calls()).toEqual([]);
    await sign(1);
    expect(await start()).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("cell 'gateway' is running"),
    });
    await rig.remove();
  });
});

/** Only root can give files away. */
test.skipIf(process.getuid?.() !== 0)('what root unpacks with tar -xof is root’s', async () => {
  const [given, taken] = [at('given'), at('taken')];
  await mkdir(join(given, 'demo'), { recursive: true });
  await writeFile(join(given, 'demo/kernel'), 'x');
  execFileSync('tar', ['-cf', at('given.tar'), '--owner=1234', '--group=1234', '-C', given, 'demo']);
  for (const [tool, options, owner] of [
    [['tar'], '-xf', 1234],
    [['tar'], '-xof', 0],
    [[busybox, 'tar'], '-xof', 0],
  ] as const) {
    await mkdir(taken);
    const [command, ...words] = [...tool, options, at('given.tar'), '-C', taken];
    execFileSync(command!, words);
    const { uid, gid } = await stat(join(taken, 'demo/kernel'));
    expect({ tool, options, uid, gid }).toEqual({ tool, options, uid: owner, gid: owner });
    await rm(taken, { recursive: true });
  }
});

describe('the verifier of an image', () => {
  test.each<
    [string, (on: Awaited<ReturnType<typeof target>>) => Promise<unknown>, string, Partial<LaunchInput>?]
  >([
    ['a good bundle', async () => undefined, ''],
    [
      'a good bundle with hooks',
      async () => undefined,
      '',
      { hooks: new Map([['before-start', 'hooks/before-start']]) },
    ],
    [
      'a kernel that was changed',
      ({ rig }) => writeFile(join(rig.bundle, 'kernel'), 'x'),
      'the bundle is not as it was built\n',
    ],
    [
      'digests that were made again',
      async ({ rig }) => {
        await writeFile(join(rig.bundle, 'kernel'), 'x');
        await rig.sign();
      },
      'the bundle is not signed by a key in ',
    ],
    [
      'a bundle without a signature',
      ({ rig }) => rm(join(rig.bundle, 'SHA256SUMS.minisig')),
      'the bundle is not signed\n',
    ],
    ['another key', ({ sign }) => sign(2), 'the bundle is not signed by a key in '],
    [
      'a revoked key',
      ({ keys }) => copyFile(at('ours.pub'), join(keys, 'revoked/ours.pub')),
      'the bundle is not signed by a key in ',
    ],
    [
      'a revoked key whose name has capital letters',
      ({ keys }) => copyFile(at('ours.pub'), join(keys, 'revoked/OURS.PUB')),
      'the bundle is not signed by a key in ',
    ],
    [
      'a hook that is not listed',
      async ({ rig }) => {
        await mkdir(join(rig.bundle, 'hooks'));
        await writeFile(join(rig.bundle, 'hooks/before-start'), '');
      },
      'hooks/before-start is not part of the bundle\n',
    ],
    [
      'hooks in a folder elsewhere',
      ({ rig }) => symlink('/tmp', join(rig.bundle, 'hooks')),
      'hooks is not a regular file\n',
    ],
    ['no keys', ({ keys }) => rm(keys, { recursive: true }), 'there is no public key in '],
    [
      'a good bundle, and a key that comes before its own',
      ({ keys }) => copyFile(at('other.pub'), join(keys, 'a new one.pub')),
      '',
    ],
    [
      'a key that leads nowhere',
      async ({ keys }) => {
        await rm(join(keys, 'ours.pub'));
        await symlink('nowhere', join(keys, 'ours.pub'));
      },
      'ours.pub cannot be read\n',
    ],
    [
      'a file that is not listed',
      ({ rig }) => writeFile(join(rig.bundle, 'extra'), ''),
      'extra is not part of the bundle\n',
    ],
    [
      'a hidden file',
      ({ rig }) => writeFile(join(rig.bundle, '.extra'), ''),
      '.extra is not part of the bundle\n',
    ],
    [
      'a file whose name is a pattern',
      ({ rig }) => writeFile(join(rig.bundle, '[a-z]*'), ''),
      '[a-z]* is not part of the bundle\n',
    ],
    [
      'a file whose name has a listed one in its first line',
      ({ rig }) => writeFile(join(rig.bundle, 'kernel\n\u001b[2J'), ''),
      'kernel\n?[2J is not part of the bundle\n',
    ],
    [
      'a link to a file that others may change later',
      async ({ rig }) => {
        await rename(join(rig.bundle, 'kernel'), join(rig.folder, 'elsewhere'));
        await symlink(join(rig.folder, 'elsewhere'), join(rig.bundle, 'kernel'));
      },
      'kernel is not a regular file\n',
    ],
  ])('%s', async (_, arrange, says, input = {}) => {
    for (const shell of [[dash], [bash], [busybox, 'sh']]) {
      const on = await target(input);
      await arrange(on);
      const script = at('verify-bundle');
      await writeFile(script, inRig(TARGET_VERIFIER));
      const [command, ...args] = [...shell, script, basename(on.rig.bundle)];
      // The environment has no say: with CDPATH, `cd` would print where it went.
      const env = {
        PATH: '/usr/bin:/bin',
        LAUNCH_RIG: on.rig.folder,
        signed: '1',
        CDPATH: on.rig.folder,
      };
      const { status, stdout, stderr } = spawnSync(command!, args, {
        cwd: on.rig.folder,
        env,
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
      const last = stderr.split('verify-bundle: ').at(-1)!;
      expect({ status, last, stderr }).toMatchObject(
        says === '' ? { status: 0, stderr: '' } : { status: 1, last: expect.stringContaining(says) },
      );
      // No tool has a word of its own, but for sha256sum's of a file that differs.
      const others = stderr.split('\n').filter((line) => !/^(?:verify-bundle: |sha256sum: |$)/.test(line));
      expect(others.filter((line) => !says.includes(line))).toEqual([]);
      await on.rig.remove();
    }
  });

  test('says where minisign is missing', async () => {
    const { rig } = await target();
    const script = inRig(TARGET_VERIFIER).replace(/^PATH=.*/m, `PATH='${only.neither}'`);
    const { status, stderr } = spawnSync(dash, ['-c', script, 'verify-bundle', rig.bundle], {
      env: { LAUNCH_RIG: rig.folder },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'verify-bundle: minisign is not installed\n' });
    await rig.remove();
  });

  test('has nothing that shellcheck minds, and about thirty lines, as its page says', () => {
    execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC2015', '-'], { input: TARGET_VERIFIER });
    expect(TARGET_VERIFIER.trimEnd().split('\n').length).toBeLessThanOrEqual(32);
  });
});

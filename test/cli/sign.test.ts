import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyIdText, parsePublicKey } from '../../src/release/minisign/public-key.ts';
import { blake2b512, judgeSignature, parseSignature } from '../../src/release/minisign/signature.ts';
import type { Report } from '../../src/reports/output-schema.ts';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, runRefused, type CliOptions } from '../helpers/cli.ts';
import { closedKeyFile, keyOf, openKeyFile, pemKey } from '../helpers/minisign.ts';
import { formatPublicKey } from '../../src/release/minisign/public-key.ts';
import { sha256 } from '../helpers/bytes.ts';

const ID = keyIdText(keyOf(1).id);

let folder: Folder;
const cli = (words: string, env: CliOptions['env'] = {}) => run(words.split(' '), { cwd: folder.path, env });
const refused = (words: string, env: CliOptions['env'] = {}) =>
  runRefused(words.split(' '), { cwd: folder.path, env });
const fine = async (words: string, env: CliOptions['env'] = {}): Promise<string> => {
  const { code, stdout, stderr } = await cli(words, env);
  expect({ code, stderr, stdout }).toMatchObject({ code: 0 });
  return stdout;
};
const read = (name: string): Promise<Buffer> => readFile(folder.at(name));

beforeAll(async () => {
  folder = await Folder.create();
  const { secret, public: half } = pemKey();
  await folder.write({
    'packed.cell.yaml': `${MANIFEST.replace('demo', 'packed')}bundle: { compress: gzip, kernel: /boot/bzImage }\n`,
    'open.key': await openKeyFile(keyOf(1)),
    'open.pub': formatPublicKey(keyOf(1)),
    'closed.key': await closedKeyFile(keyOf(1), 'correct horse'),
    'other.key': await openKeyFile(keyOf(2)),
    'other.pub': formatPublicKey(keyOf(2)),
    'pem.key': secret,
    'pem.pub': half,
    password: 'correct horse\nnot this\n',
    wrong: 'battery staple\n',
  });
  await fine('build demo.cell.yaml packed.cell.yaml -o unsigned');
  await fine('build demo.cell.yaml packed.cell.yaml -o signed --secret-key open.key');
});
afterAll(() => folder.remove());

describe('build --secret-key', () => {
  test('adds SHA256SUMS.minisig and nothing else, and signs the file', async () => {
    const out = await cli('build demo.cell.yaml -o again --secret-key open.key');
    expect(out).toMatchObject({
      code: 0,
      stderr: `signed with the key ${ID}; again/demo.tar.minisig is written, too\n`,
    });
    const tar = await read('again/demo.tar');
    expect(out.stdout).toBe(`${sha256(tar)}  again/demo.tar\n`);
    expect(tar.equals(await read('signed/demo.tar'))).toBe(true);
    const plain = await read('unsigned/demo.tar');
    const end = plain.length - 1024;
    expect(tar.subarray(0, end).equals(plain.subarray(0, end))).toBe(true);
    const names = (file: string) => execFileSync('tar', ['tf', folder.at(file)], { encoding: 'utf8' });
    expect(names('signed/demo.tar')).toBe(`${names('unsigned/demo.tar')}demo/SHA256SUMS.minisig\n`);
    const beside = parseSignature(await read('signed/demo.tar.minisig'));
    expect(beside.comment).toBe('file:demo.tar');
    expect(judgeSignature(beside, keyOf(1), { digest: blake2b512(tar) })).toBe('good');
  });

  test('the signature in the bundle is of its SHA256SUMS', async () => {
    execFileSync('tar', ['xf', folder.at('signed/packed.tar.gz'), '-C', folder.path]);
    const inside = parseSignature(await read('packed/SHA256SUMS.minisig'));
    expect(inside.comment).toBe('file:packed/SHA256SUMS');
    expect(judgeSignature(inside, keyOf(1), { content: await read('packed/SHA256SUMS') })).toBe('good');
    const beside = parseSignature(await read('signed/packed.tar.gz.minisig'));
    expect(beside.comment).toBe('file:packed.tar.gz');
  });

  test('as JSON', async () => {
    const { subjects } = JSON.parse(
      await fine('build --json demo.cell.yaml -o json --secret-key open.key'),
    ) as Report<'build'>;
    expect(subjects[0]!.bundle!.signature).toEqual({ file: 'json/demo.tar.minisig', keyId: ID });
    const plain = JSON.parse(await fine('build --json demo.cell.yaml -o json2')) as Report<'build'>;
    expect(plain.subjects[0]!.bundle!.signature).toBeNull();
    const wrong = await cli('build --json demo.cell.yaml -o json3 --secret-key open.pub');
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ findings: [{ rule: 'key/kind' }] });
  });

  test('an unsigned build leaves no signature of another one, and says so', async () => {
    await fine('build demo.cell.yaml packed.cell.yaml -o stale --secret-key open.key');
    const [built, packed] = await Promise.all([
      cli('build demo.cell.yaml -o stale'),
      cli('build --json packed.cell.yaml -o stale'),
    ]);
    expect(built.code).toBe(0);
    expect(built.stderr).toMatch(
      /note signature\/stale\n {2}stale\/demo.tar.minisig was of another build, and is removed/,
    );
    const report = JSON.parse(packed.stdout) as Report<'build'>;
    expect(report).toMatchObject({ ok: true, subjects: [{ bundle: { signature: null } }] });
    expect(report.findings.map(({ rule }) => rule)).toContain('signature/stale');
    expect(await readdir(folder.at('stale'))).toEqual(['demo.tar', 'packed.tar.gz']);
    expect(await fine('verify stale/demo.tar')).toBe('stale/demo.tar is intact, 8 files\n');
  });

  test('an unsigned build keeps the signature of the same bytes', async () => {
    await fine('build demo.cell.yaml -o same');
    await writeFile(folder.at('same/demo.tar.minisig'), 'by minisign itself');
    const { stderr } = await cli('build demo.cell.yaml -o same');
    expect(stderr).not.toContain('signature');
    expect((await read('same/demo.tar.minisig')).toString()).toBe('by minisign itself');
    await symlink('nowhere', folder.at('same/packed.tar.gz.minisig'));
    expect((await cli('build packed.cell.yaml -o same')).stderr).toContain('signature/stale');
    expect(await readdir(folder.at('same'))).toEqual(['demo.tar', 'demo.tar.minisig', 'packed.tar.gz']);
  });

  test('through a symbolic link, the signature next to what it leads to is looked after, too', async () => {
    await fine('build demo.cell.yaml -o behind --secret-key open.key');
    await mkdir(folder.at('front'));
    await symlink('../behind/demo.tar', folder.at('front/demo.tar'));
    await fine('build demo.cell.yaml -o front --secret-key other.key');
    for (const name of ['front', 'behind']) await fine(`verify ${name}/demo.tar --public-key other.pub`);
    const { stderr } = await cli('build demo.cell.yaml -o front');
    expect(stderr).toContain('front/demo.tar.minisig was of another build');
    expect(stderr).toContain('behind/demo.tar.minisig was of another build');
    expect(await readdir(folder.at('behind'))).toEqual(['demo.tar']);
    expect(await readlink(folder.at('front/demo.tar'))).toBe('../behind/demo.tar');
  });

  test('nothing is written without the key', async () => {
    expect(await refused('build demo.cell.yaml -o none --secret-key none.key')).toMatch(/input\/unreadable/);
    expect(
      await refused('build demo.cell.yaml -o none --secret-key closed.key --password-file wrong'),
    ).toMatch(/key\/password\n/);
    await expect(stat(folder.at('none'))).rejects.toThrow();
  });

  test('the key is not overwritten', async () => {
    await mkdir(folder.at('keys'));
    await writeFile(folder.at('keys/key'), await openKeyFile(keyOf(1)));
    await symlink('key', folder.at('keys/demo.tar.minisig'));
    expect(await refused('build demo.cell.yaml -o keys --secret-key keys/key')).toMatch(
      /build\/overwrites-input\n.*keys\/demo.tar.minisig would overwrite keys\/key/,
    );
    expect((await read('keys/key')).toString()).toContain('secret key');
  });
});

describe('sign', () => {
  test.each(['demo.tar', 'packed.tar.gz'])('gives what a build gives: %s', async (name) => {
    await fine(`sign unsigned/${name} --secret-key open.key -o out/${name}`);
    expect((await read(`out/${name}`)).equals(await read(`signed/${name}`))).toBe(true);
    expect((await read(`out/${name}.minisig`)).equals(await read(`signed/${name}.minisig`))).toBe(true);
  });

  test('in place, and instead of another signature', async () => {
    await writeFile(folder.at('place.tar'), await read('unsigned/demo.tar'));
    await chmod(folder.at('place.tar'), 0o640);
    await fine('sign place.tar --secret-key other.key');
    expect((await stat(folder.at('place.tar'))).mode & 0o777).toBe(0o640);
    expect(await fine('verify place.tar --public-key other.pub')).toContain('is intact, 9 files, signed');
    await fine('sign place.tar --secret-key open.key');
    expect((await read('place.tar')).equals(await read('signed/demo.tar'))).toBe(true);
    expect((await folder.names()).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('as JSON', async () => {
    const words = 'sign --json unsigned/demo.tar --secret-key';
    const { findings, subjects } = JSON.parse(
      await fine(`${words} open.key -o out/json.tar`),
    ) as Report<'sign'>;
    const sha = sha256(await read('signed/demo.tar'));
    const bundle = {
      file: 'out/json.tar',
      sha256: sha,
      signature: { file: 'out/json.tar.minisig', keyId: ID },
    };
    expect({ findings, subjects }).toEqual({
      findings: [],
      subjects: [{ file: 'unsigned/demo.tar', ok: true, bundle }],
    });
    const wrong = await cli(`${words} open.pub -o out/none.tar`);
    expect(wrong).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      findings: [{ rule: 'key/kind', subject: 'unsigned/demo.tar' }],
      subjects: [{ ok: false, bundle: null }],
    });
    await writeFile(folder.at('short.json.tar'), (await read('unsigned/demo.tar')).subarray(0, 3000));
    const short = await cli('sign --json short.json.tar --secret-key open.key');
    expect({ code: short.code, ...(JSON.parse(short.stdout) as object) }).toMatchObject({
      code: 1,
      ok: false,
      findings: [{ rule: 'bundle/truncated' }],
    });
  });

  test('through a symbolic link: the link stays, and each signature that is there is of the new bytes', async () => {
    await mkdir(folder.at('linked'));
    await writeFile(folder.at('linked/1.tar'), await read('unsigned/demo.tar'));
    await symlink('linked/1.tar', folder.at('current.tar'));
    const alone = await cli('sign current.tar --secret-key open.key');
    expect(alone.stderr).toBe(`signed with the key ${ID}; current.tar.minisig is written, too\n`);
    expect(await readlink(folder.at('current.tar'))).toBe('linked/1.tar');
    expect(await readdir(folder.at('linked'))).toEqual(['1.tar']);
    for (const name of ['current.tar', 'linked/1.tar']) await fine(`verify ${name} --public-key open.pub`);

    await fine('sign linked/1.tar --secret-key open.key');
    const both = await cli('sign current.tar --secret-key other.key');
    expect(both.stderr).toContain('; current.tar.minisig and ');
    expect(both.stderr).toMatch(/linked\/1\.tar\.minisig are written, too\n$/);
    for (const name of ['current.tar', 'linked/1.tar']) await fine(`verify ${name} --public-key other.pub`);
  });

  test('nothing that is not intact', async () => {
    const damaged = await read('unsigned/demo.tar');
    damaged[damaged.length - 5000]! ^= 1;
    await writeFile(folder.at('damaged.tar'), damaged);
    const report = await refused('sign damaged.tar --secret-key open.key -o damaged-out.tar');
    expect(report).toMatch(/damaged.tar is not intact \(.*\), and is not signed\n$/);
    await expect(stat(folder.at('damaged-out.tar'))).rejects.toThrow();
    expect(await refused('sign demo.cell.yaml --secret-key open.key')).toMatch(/bundle\/no-bundle/);
  });

  test('nothing where the signature cannot be', async () => {
    await mkdir(folder.at('taken.tar.minisig'));
    await writeFile(folder.at('taken.tar'), await read('unsigned/demo.tar'));
    expect(await refused('sign taken.tar --secret-key open.key')).toMatch(
      /output\/not-a-file\n {2}cannot write taken.tar.minisig: it is a directory/,
    );
    expect((await read('taken.tar')).equals(await read('unsigned/demo.tar'))).toBe(true);
  });

  test('nothing through a symbolic link that leads to itself', async () => {
    await symlink('loop.tar', folder.at('loop.tar'));
    for (const words of [
      'sign unsigned/demo.tar -o loop.tar --secret-key open.key',
      'build loop.cell.yaml',
    ]) {
      await folder.write({ 'loop.cell.yaml': MANIFEST.replace('demo', 'loop') });
      expect(await refused(words)).toMatch(/output\/unwritable\n {2}cannot write loop\.tar: /);
    }
  });

  test('not over what it reads', async () => {
    await writeFile(folder.at('x.tar'), await read('unsigned/demo.tar'));
    for (const [words, message] of [
      ['sign x.tar --secret-key open.key -o open.key', 'open.key would overwrite open.key'],
      [
        'sign x.tar --secret-key closed.key --password-file password -o password',
        'password would overwrite password',
      ],
    ] as const) {
      expect(await cli(words)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    }
    expect((await cli('sign x.tar')).code).toBe(2);
  });
});

describe('a password', () => {
  const signed = 'sign unsigned/demo.tar --secret-key closed.key -o closed/demo.tar';

  test.each<[string, string, Record<string, string>]>([
    ['of a file', `${signed} --password-file password`, {}],
    ['of the environment', signed, { JAILHOUSE_BUNDLE_PASSWORD: 'correct horse' }],
    [
      'of a file rather than of the environment',
      `${signed} --password-file password`,
      { JAILHOUSE_BUNDLE_PASSWORD: 'x' },
    ],
  ])('%s', async (_, words, env) => {
    await fine(words, env);
    expect((await read('closed/demo.tar')).equals(await read('signed/demo.tar'))).toBe(true);
  });

  test('that is wrong, or not given', async () => {
    expect(await refused(signed, { JAILHOUSE_BUNDLE_PASSWORD: 'x' })).toMatch(
      /key\/password\n {2}closed.key: /,
    );
    expect(await refused(`${signed} --password-file none`)).toMatch(
      /input\/unreadable\n {2}cannot read the password/,
    );
    expect(await refused(`${signed} --password-file .`)).toMatch(/input\/unreadable/);
    expect(await refused(signed)).toMatch(/key\/no-password/);
  });

  test('is in nothing that is written or printed', async () => {
    const { stdout, stderr } = await cli(`${signed} --password-file password`);
    const [tar, beside] = [await read('closed/demo.tar'), await read('closed/demo.tar.minisig')];
    const seed = Buffer.from(keyOf(1).seed);
    const secrets = ['correct horse', seed, seed.toString('hex'), seed.toString('base64').slice(0, 20)];
    for (const place of [Buffer.from(stdout + stderr), tar, beside]) {
      for (const secret of secrets) expect(place.includes(secret)).toBe(false);
    }
  });
});

test('a key in PEM signs, and its public half verifies', async () => {
  await fine('sign unsigned/demo.tar --secret-key pem.key -o pem/demo.tar');
  const { id } = parsePublicKey(await read('pem.pub'));
  expect(await fine('verify pem/demo.tar --public-key pem.pub')).toBe(
    `pem/demo.tar is intact, 9 files, signed with the key ${keyIdText(id)} (pem.pub)\n`,
  );
  await fine('keygen from-pem --from pem.key');
  expect(parsePublicKey(await read('from-pem.pub'))).toEqual(parsePublicKey(await read('pem.pub')));
});

test('inspect shows whose signature it claims to be', async () => {
  expect(await fine('inspect signed/demo.tar')).toMatch(
    new RegExp(`signature +by the key ${ID}, as it says; not checked: verify --public-key does\n`),
  );
  expect(await fine('inspect unsigned/demo.tar')).toMatch(/signature +none\n/);
  const { subjects } = JSON.parse(await fine('inspect --json signed/demo.tar')) as Report<'inspect'>;
  expect(subjects[0]!.content).toMatchObject({ signature: { keyId: ID } });
  const tar = await read('signed/demo.tar');
  tar.write('?', tar.lastIndexOf('untrusted comment: '));
  await writeFile(folder.at('unread.tar'), tar);
  expect((await cli('inspect unread.tar')).stdout).toMatch(/signature +cannot be read\n/);
});

describe('verify --public-key', () => {
  const verify = (words: string) => cli(`verify ${words}`);

  test('names the key', async () => {
    expect(
      await fine('verify signed/demo.tar signed/packed.tar.gz --public-key other.pub --public-key open.pub'),
    ).toBe(
      `signed/demo.tar is intact, 9 files, signed with the key ${ID} (open.pub)\n` +
        `signed/packed.tar.gz is intact, 8 files, signed with the key ${ID} (open.pub)\n` +
        '  /boot/bzImage stays on the target: launch.sh compares it there\n',
    );
  });

  test('without keys, says that it was not checked', async () => {
    expect(await fine('verify signed/demo.tar')).toBe(
      `signed/demo.tar is intact, 9 files; signed with the key ${ID}, which was not checked: give --public-key\n`,
    );
    expect(await fine('verify unsigned/demo.tar')).toBe('unsigned/demo.tar is intact, 8 files\n');
  });

  test('refuses a bundle that is not signed, among others that are', async () => {
    const { code, stdout } = await verify('unsigned/demo.tar signed/demo.tar --public-key open.pub');
    expect(code).toBe(1);
    expect(stdout).toContain('unsigned/demo.tar: error signature/missing\n');
    expect(stdout).toContain('\nsigned/demo.tar is intact');
  });

  test('does not miss a signature that it did not get to', async () => {
    const tar = await read('signed/demo.tar');
    await writeFile(folder.at('short.tar'), tar.subarray(0, 2000));
    expect(await refused('verify short.tar --public-key open.pub')).not.toContain('signature/');
    tar.write('?', tar.lastIndexOf('demo/SHA256SUMS.minisig'));
    await writeFile(folder.at('header.tar'), tar);
    const report = await refused('verify header.tar --public-key open.pub');
    expect(report).toContain('the tar header of');
    expect(report).not.toContain('signature/');
  });

  test('refuses the signature of another key', async () => {
    const report = await refused('verify signed/demo.tar --public-key other.pub');
    expect(report).toMatch(/signature\/other-key\n {2}SHA256SUMS.minisig is by the key/);
    expect(report).toMatch(/signature\/other-key\n {2}signed\/demo.tar.minisig is by the key/);
  });

  /** A bundle whose signature, in it, was changed. */
  const changed = async (name: string, from: string | RegExp, to: string): Promise<void> => {
    const tar = await read('signed/demo.tar');
    const start = tar.lastIndexOf('untrusted comment: ');
    const text = tar.toString('latin1', start);
    tar.write(text.replace(from, to), start, 'latin1');
    await writeFile(folder.at(name), tar);
  };

  test('refuses what was changed after it was signed', async () => {
    const tar = await read('signed/demo.tar');
    await writeFile(folder.at('beside.tar'), Buffer.concat([tar]));
    await writeFile(folder.at('beside.tar.minisig'), await read('signed/packed.tar.gz.minisig'));
    expect(await refused('verify beside.tar --public-key open.pub')).toMatch(
      /signature\/content\n {2}beside.tar.minisig is not a signature of this bundle by the key/,
    );
    await changed('comment.tar', 'file:demo', 'file:domo');
    expect(await refused('verify comment.tar --public-key open.pub')).toMatch(/signature\/comment\n/);
    await changed('cut.tar', 'trusted comment', 'trusted_comment');
    expect(await refused('verify cut.tar')).toMatch(
      /signature\/format\n {2}SHA256SUMS.minisig: this is not a signature/,
    );
    const [, line] = (await read('signed/demo.tar.minisig')).toString().split('\n');
    await changed('signature.tar', /(?<=\n).*(?=\n)/, line!);
    expect(await refused('verify signature.tar --public-key open.pub')).toMatch(
      /signature\/content\n {2}SHA256SUMS.minisig is not a signature of this SHA256SUMS by the key/,
    );
  });

  test('refuses a signature with the number of another key, as minisign does', async () => {
    const tar = await read('signed/demo.tar');
    const [, line] = tar.toString('latin1', tar.lastIndexOf('untrusted comment: ')).split('\n');
    const bytes = Buffer.from(line!, 'base64');
    bytes.set(keyOf(2).id, 2);
    await changed('number.tar', line!, bytes.toString('base64'));
    for (const keys of ['--public-key open.pub', '--public-key other.pub --public-key open.pub']) {
      expect(await refused(`verify number.tar ${keys}`)).toMatch(/signature\/(?:other-key|content)\n/);
    }
  });

  test('as JSON', async () => {
    const { subjects } = JSON.parse(
      await fine('verify --json signed/demo.tar --public-key open.pub'),
    ) as Report<'verify'>;
    expect(subjects[0]!.signatures).toEqual([
      { file: 'SHA256SUMS.minisig', keyId: ID, key: 'open.pub', comment: 'file:demo/SHA256SUMS' },
      { file: 'signed/demo.tar.minisig', keyId: ID, key: 'open.pub', comment: 'file:demo.tar' },
    ]);
    const unchecked = JSON.parse(await fine('verify --json signed/demo.tar')) as Report<'verify'>;
    expect(unchecked.subjects[0]!.signatures[0]).toEqual({
      file: 'SHA256SUMS.minisig',
      keyId: ID,
      key: null,
      comment: null,
    });
    const none = await cli('verify --json signed/demo.tar --public-key open.key');
    expect(none.code).toBe(1);
    expect(JSON.parse(none.stdout)).toMatchObject({ findings: [{ rule: 'key/kind' }], subjects: [] });
  });

  test.each(['open.key', 'demo.cell.yaml', 'none.pub', '.'])('refuses %s as a key', async (file) => {
    expect(await refused(`verify signed/demo.tar --public-key ${file}`)).toMatch(/error (?:key|input)\//);
  });
});

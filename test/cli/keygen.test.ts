import { readFile, stat, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyIdText, parsePublicKey } from '../../src/release/minisign/public-key.ts';
import { readSecretKey } from '../../src/release/minisign/secret-key.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run, runRefused } from '../helpers/cli.ts';
import { closedKeyFile, keyOf } from '../helpers/minisign.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create({ 'closed.key': await closedKeyFile(keyOf(1), 'pässword'), empty: '\n' });
});
afterAll(() => folder.remove());

const here = () => ({ cwd: folder.path });

describe('a pair', () => {
  test('belongs together, and the secret key is readable by its owner alone', async () => {
    const { code, stdout, stderr } = await run(['keygen', 'keys/open', '--no-password'], here());
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const { id, key } = parsePublicKey(await readFile(folder.at('keys/open.pub')));
    expect(stderr).toContain(`keys/open.pub is the public key ${keyIdText(id)}`);
    const secret = readSecretKey(await readFile(folder.at('keys/open.key')));
    expect(secret.needsPassword).toBe(false);
    expect(await secret.open(new Uint8Array(0))).toMatchObject({ id, key });
    expect((await stat(folder.at('keys/open.key'))).mode & 0o777).toBe(0o600);
  });

  test('has a public key that others cannot write to, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await run(['keygen', 'keys/bare', '--no-password'], here());
    } finally {
      process.umask(before);
    }
    const modes = ['pub', 'key'].map(async (end) => (await stat(folder.at(`keys/bare.${end}`))).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o644, 0o600]);
  });

  test('is another one each time', async () => {
    await run(['keygen', 'a', '--no-password'], here());
    await run(['keygen', 'b', '--no-password'], here());
    const [a, b] = await Promise.all(['a', 'b'].map((name) => readFile(folder.at(`${name}.pub`))));
    expect(a!.equals(b!)).toBe(false);
  });

  test('as JSON', async () => {
    const { code, stdout, stderr } = await run(['keygen', 'keys/told', '--no-password', '--json'], here());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { id } = parsePublicKey(await readFile(folder.at('keys/told.pub')));
    expect(JSON.parse(stdout)).toMatchObject({
      subjects: [
        {
          file: 'keys/told',
          ok: true,
          pair: { secretKey: 'keys/told.key', publicKey: 'keys/told.pub', keyId: keyIdText(id) },
        },
      ],
    });
    const again = await run(['keygen', 'keys/told', '--no-password', '--json'], here());
    expect(again).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(again.stdout)).toMatchObject({
      findings: [{ rule: 'key/exists', subject: 'keys/told' }],
      subjects: [{ ok: false, pair: null }],
    });
    const half = await run(['keygen', 'keys/half', '--from', 'keys/told.key', '--json'], here());
    expect(JSON.parse(half.stdout)).toMatchObject({ subjects: [{ pair: { secretKey: null } }] });
  });

  test('never takes the place of a file', async () => {
    await folder.write({ 'there.key': 'x', 'half.pub': 'y' });
    await symlink('nowhere', folder.at('link.key'));
    for (const name of ['there', 'half', 'link']) {
      expect(await runRefused(['keygen', name, '--no-password'], here())).toMatch(/key\/exists/);
    }
    expect((await folder.names()).filter((name) => /^(?:there|half|link|nowhere)/.test(name))).toEqual([
      'half.pub',
      'link.key',
      'there.key',
    ]);
    expect(await readFile(folder.at('there.key'), 'utf8')).toBe('x');
  });

  test('needs a password, or to be told that it has none', async () => {
    expect(await runRefused(['keygen', 'none'], here())).toMatch(/key\/no-password/);
    const empty = await run(['keygen', 'none', '--password-file', 'empty'], here());
    expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('the password is empty') });
    expect((await run(['keygen', 'dir/', '--no-password'], here())).code).toBe(2);
    expect((await folder.names()).filter((name) => name.startsWith('none'))).toEqual([]);
  });
});

test('the public key of a secret one', async () => {
  const env = { JAILHOUSE_BUNDLE_PASSWORD: 'pässword' };
  const { code } = await run(['keygen', 'again', '--from', 'closed.key'], { ...here(), env });
  expect(code).toBe(0);
  const { id, key } = keyOf(1);
  expect(parsePublicKey(await readFile(folder.at('again.pub')))).toEqual({ id, key });
  expect((await folder.names()).includes('again.key')).toBe(false);
  expect(await runRefused(['keygen', 'again', '--from', 'closed.key'], { ...here(), env })).toMatch(
    /key\/exists/,
  );
});

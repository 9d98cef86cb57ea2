import { readFile, writeFile } from 'node:fs/promises';
import type { Plugin } from 'rollup';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readBundle } from '../../src/bundle/read.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { blake2b512, judgeSignature, parseSignature } from '../../src/release/minisign/signature.ts';
import { inPieces } from '../fixtures/bundle/sample.ts';
import { closedKeyFile, keyOf, openKeyFile } from '../helpers/minisign.ts';
import jailhouse, { type JailhouseOptions } from '../../src/plugin/index.ts';
import { BUNDLERS, failureOf, type Built, type Bundler } from '../helpers/bundlers.ts';
import { CellProject, GOOD_MANIFEST } from '../helpers/cell-project.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';

const build = (
  bundler: Bundler,
  project: CellProject,
  options?: JailhouseOptions,
  ...others: Plugin[]
): Promise<Built> =>
  bundler.build({
    input: [project.path('main.js')],
    dir: project.path('out'),
    plugins: [jailhouse(options), ...others],
    assetFileNames: '[name][extname]',
  });

const assetNames = ({ assets }: Built): string[] => assets.map(({ fileName }) => fileName).toSorted();

/** Makes a module of each manifest that was left alone, and notes its id. */
function leftovers(): Plugin & { ids: string[] } {
  const ids: string[] = [];
  return {
    name: 'leftovers',
    ids,
    transform(code, id) {
      if (!code.startsWith('name:')) return null;
      ids.push(id);
      return { code: 'export default null;', map: null };
    },
  };
}

/** Resolves `./demo.cell.yaml?…`, and what starts with `virtual:`, as plugins of frameworks do. */
const queries = (project: CellProject): Plugin => ({
  name: 'queries',
  resolveId(source) {
    if (source.startsWith('virtual:')) return `\0${source}`;
    return source.includes('?') ? project.path(source) : null;
  },
  load(id) {
    if (id.startsWith('\0virtual:')) return 'name: virtual';
    return id.includes('.yaml?') ? readFile(id.replace(/\?.*/, ''), 'utf8') : null;
  },
});

const imports = (...sources: string[]): string =>
  sources.map((source, index) => `import v${index} from '${source}';\nconsole.log(v${index});\n`).join('');

/** Which of the project's three manifests are bundled. */
const PATTERNS: readonly { options: JailhouseOptions; bundled: string[] }[] = [
  { options: {}, bundled: ['a', 'b'] },
  { options: { include: '**/*.cell.yaml' }, bundled: ['a'] },
  { options: { include: ['**/*.cell.yml', /\/c\.yaml$/] }, bundled: ['b', 'c'] },
  { options: { include: /\.ya?ml$/, exclude: '**/a.*' }, bundled: ['b', 'c'] },
  { options: { exclude: [/b\.cell/] }, bundled: ['a'] },
  { options: { include: [], exclude: /\.(?:js|mjs|cell\.yaml)$/ }, bundled: ['b', 'c'] },
];

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(BUNDLERS)('$name', (bundler) => {
  test.each(PATTERNS)('bundles $bundled with $options', async ({ options, bundled }) => {
    const manifest = (name: string): string => GOOD_MANIFEST.replace('demo', name);
    const project = await CellProject.create({
      'a.cell.yaml': manifest('a'),
      'b.cell.yml': manifest('b'),
      'c.yaml': manifest('c'),
      'main.js': imports('./a.cell.yaml', './b.cell.yml', './c.yaml'),
    });
    const rest = leftovers();
    const built = await build(bundler, project, options, rest);
    expect(assetNames(built)).toEqual(bundled.map((name) => `${name}.tar`));
    expect(rest.ids).toHaveLength(3 - bundled.length);
  });

  test('takes manifests with a query, and leaves virtual modules alone', async () => {
    const ids = ['demo.cell.yaml?v=1', 'demo.cell.yaml?v=a/b#c', 'virtual:demo.cell.yaml'];
    const project = await CellProject.create({ 'main.js': imports(...ids) });
    const rest = leftovers();
    const built = await build(bundler, project, {}, queries(project), rest);
    expect(assetNames(built)).toEqual(['demo.tar']);
    expect(rest.ids).toEqual(['\0virtual:demo.cell.yaml']);
  });

  test('checks kernels by the profile of the option, unless the manifest names one', async () => {
    const project = await CellProject.create({ 'kernel.config': `${GOOD_CONFIG}CONFIG_SERIO=y\n` });
    expect(await failureOf(build(bundler, project))).toMatchObject({ pluginCode: 'kernel/serio' });
    expect((await build(bundler, project, { profile: 'mainline' })).assets).toHaveLength(1);
    await project.write('demo.cell.yaml', `${GOOD_MANIFEST}checks: { profile: strict }\n`);
    const failure = await failureOf(build(bundler, project, { profile: 'mainline' }));
    expect(failure).toMatchObject({ pluginCode: 'kernel/serio' });
  });

  test('refuses a profile that is none, which would check nothing', async () => {
    const project = await CellProject.create();
    const options = { profile: 'mainlin' } as unknown as JailhouseOptions;
    const failure = await failureOf(build(bundler, project, options));
    expect(failure).toMatchObject({ pluginCode: 'plugin/profile' });
    expect(failure.message).toMatch(/`profile` is 'mainlin'[^]*'strict' or 'mainline'/);
  });

  test('gives the files the time of the option, else of the environment, else of 1980', async () => {
    const project = await CellProject.create();
    const mtime = async (options?: JailhouseOptions): Promise<number> => {
      const { assets } = await build(bundler, project, options);
      return (
        await readBundle(
          (async function* () {
            yield assets[0]!.source;
          })(),
        )
      ).mtime;
    };
    vi.stubEnv('SOURCE_DATE_EPOCH', undefined);
    expect(await mtime()).toBe(Date.UTC(1980) / 1000);
    vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000');
    expect(await mtime()).toBe(1_700_000_000);
    expect(await mtime({ sourceDateEpoch: 0 })).toBe(0);
  });

  test('signs with the key of the option, and its password of the environment', async () => {
    const project = await CellProject.create();
    const secretKey = project.path('secret.key');
    await writeFile(secretKey, await closedKeyFile(keyOf(1), 'correct horse'));
    vi.stubEnv('JAILHOUSE_BUNDLE_PASSWORD', 'correct horse');
    const { assets } = await build(bundler, project, { secretKey });
    expect(assets.map(({ fileName }) => fileName).toSorted()).toEqual(['demo.tar', 'demo.tar.minisig']);
    const [{ source }, beside] = assets.toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1)) as [
      Built['assets'][0],
      Built['assets'][0],
    ];
    const { comment, ...whole } = parseSignature(beside.source);
    expect(comment).toBe('file:demo.tar');
    expect(judgeSignature({ comment, ...whole }, keyOf(1), { digest: blake2b512(source) })).toBe('good');
    const verified = await verifyBundle(inPieces(source));
    expect(verified.diagnostics).toEqual([]);
    const { sums, signature } = verified;
    const judged = judgeSignature(parseSignature(signature!), keyOf(1), { content: sums! });
    expect(judged).toBe('good');

    vi.stubEnv('JAILHOUSE_BUNDLE_PASSWORD', 'x');
    const wrong = await failureOf(build(bundler, project, { secretKey }));
    expect(wrong).toMatchObject({ pluginCode: 'key/password', id: project.path('demo.cell.yaml') });
    vi.stubEnv('JAILHOUSE_BUNDLE_PASSWORD', undefined);
    const none = await failureOf(build(bundler, project, { secretKey }));
    expect(none).toMatchObject({ pluginCode: 'key/no-password' });
    expect(none.message).toContain('set JAILHOUSE_BUNDLE_PASSWORD where the bundler runs');
  });

  test('signs an asset of two modules once, and follows its name', async () => {
    const project = await CellProject.create({
      'main.js': imports('./demo.cell.yaml?a', './demo.cell.yaml?b'),
    });
    const secretKey = project.path('secret.key');
    await writeFile(secretKey, await openKeyFile(keyOf(1)));
    const plugins = [jailhouse({ secretKey }), queries(project)];
    const built = await bundler.build({
      input: [project.path('main.js')],
      dir: project.path('out'),
      plugins,
    });
    expect(built.logs).toEqual([]);
    const [tar, ...others] = assetNames(built);
    expect(tar).toMatch(/^assets\/demo-[\w-]{8}\.tar$/);
    expect(others).toEqual([`${tar}.minisig`]);
  });

  test('warns where what it builds without a key has the signature of another build next to it', async () => {
    const project = await CellProject.create();
    const secretKey = project.path('secret.key');
    await writeFile(secretKey, await openKeyFile(keyOf(1)));
    const stale = async (options: JailhouseOptions = {}) => {
      const { logs } = await build(bundler, project, options);
      return logs.map(({ pluginCode, message }) => ({ pluginCode, message }));
    };
    expect(await stale({ secretKey })).toEqual([]);
    const signature = project.path('out/demo.tar.minisig');
    const before = await readFile(signature);
    await project.write('demo.cell.yaml', `${GOOD_MANIFEST}version: 2\n`);
    expect(await stale()).toEqual([
      {
        pluginCode: 'plugin/stale-signature',
        message: expect.stringMatching(
          /demo\.tar\.minisig is of another build: what is built now is not signed \[.*\n {2}fix: .*secretKey.* remove/,
        ) as unknown,
      },
    ]);
    expect((await readFile(signature)).equals(before)).toBe(true);
    // It may be by minisign itself.
    expect(await stale()).toEqual([]);
    expect(await stale({ secretKey })).toEqual([]);
    expect((await readFile(signature)).equals(before)).toBe(false);
  });

  test('refuses a time that is none, and says where it comes from', async () => {
    const project = await CellProject.create();
    const failure = await failureOf(build(bundler, project, { sourceDateEpoch: 1.5 }));
    expect(failure).toMatchObject({
      pluginCode: 'build/source-date-epoch',
      id: project.path('demo.cell.yaml'),
    });
    expect(failure.message).toContain("the plugin's option `sourceDateEpoch` is '1.5'");
    vi.stubEnv('SOURCE_DATE_EPOCH', 'yesterday');
    const other = await failureOf(build(bundler, project));
    expect(other.message).toContain("SOURCE_DATE_EPOCH is 'yesterday'");
  });
});

test('leaves Vite’s own ?raw and ?url to Vite', async () => {
  const project = await CellProject.create({
    'main.js': imports('./demo.cell.yaml?raw', './demo.cell.yaml?url'),
  });
  const vite = BUNDLERS.find(({ name }) => name === 'Vite')!;
  const { assets, chunks } = await build(vite, project);
  expect(assets).toEqual([]);
  expect(chunks[0]!.code).toContain(`${JSON.stringify(GOOD_MANIFEST)};`);
  expect(chunks[0]!.code).toMatch(/"data:[^"]*cell%3A|"data:[^"]*;base64,/);
});

import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Checkout, type Ran } from '../helpers/integrations.ts';

const EXAMPLE = 'integrations/example';

/** The bundles that a build says it made. */
const built = ({ stdout }: Ran): string[] =>
  [...stdout.matchAll(/^[0-9a-f]{64} {2}.*?([^/\n]+)$/gm)].map(([, name]) => name!).toSorted();

/** While `step` runs, a file is newer than all that is built. */
function touched<T>(file: string, step: () => T): T {
  const { mtime } = statSync(file);
  const later = Date.now() / 1000 + 600;
  utimesSync(file, later, later);
  const result = step();
  utimesSync(file, mtime, mtime);
  return result;
}

/** Inputs get an hour older: however fast this runs, and however coarse the clock is. */
function age(checkout: Checkout): void {
  const before = Date.now() / 1000 - 3600;
  for (const entry of readdirSync(checkout.path, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) utimesSync(path.join(entry.parentPath, entry.name), before, before);
}

interface Builder {
  name: string;
  prepare(checkout: Checkout): void;
  build(checkout: Checkout): Ran;
  nothing: RegExp;
  out: string;
}

const cmake = (generator: string, nothing: RegExp): Builder => ({
  name: `cmake, ${generator}`,
  prepare(checkout) {
    const words = ['-S', EXAMPLE, '-B', 'build', '-G', generator];
    expect(
      checkout.run('cmake', [...words, '-D', `JAILHOUSE_BUNDLE_EXECUTABLE=${checkout.command}`]),
    ).toMatchObject({ code: 0 });
  },
  build: (checkout) => checkout.run('cmake', ['--build', 'build']),
  nothing,
  out: 'build',
});

const BUILDERS: readonly Builder[] = [
  {
    name: 'make',
    prepare: () => undefined,
    build: (checkout) => checkout.run('make', ['-C', EXAMPLE, `JAILHOUSE_BUNDLE=${checkout.command}`]),
    nothing: /Nothing to be done for 'all'/,
    out: `${EXAMPLE}/bundles`,
  },
  cmake('Ninja', /no work to do/),
  cmake('Unix Makefiles', /^(?:(?!Bundling)[^])*$/),
];

describe.each(BUILDERS)('$name', ({ prepare, build, nothing, out }) => {
  test('builds again what an input of changed, and nothing else', () => {
    const checkout = new Checkout();
    age(checkout);
    prepare(checkout);
    const first = build(checkout);
    expect({ ...first, built: built(first) }).toMatchObject({ code: 0, built: ['one.tar', 'two.tar'] });
    const second = build(checkout);
    expect({ ...second, built: built(second) }).toMatchObject({
      code: 0,
      built: [],
      stdout: expect.stringMatching(nothing),
    });
    for (const [file, expected] of [
      [`${EXAMPLE}/cells/two.txt`, ['two.tar']],
      [`${EXAMPLE}/cells/one.cell.yaml`, ['one.tar']],
      ['example-project/cells/payload.jailhouse.yaml', ['one.tar', 'two.tar']],
      ['bin/jailhouse-bundle', ['one.tar', 'two.tar']],
    ] as const) {
      const again = touched(checkout.at(file), () => build(checkout));
      expect({ file, ...again, built: built(again) }).toMatchObject({ code: 0, built: expected });
    }
  });

  test('says which manifest names an input that is gone', () => {
    const checkout = new Checkout();
    age(checkout);
    prepare(checkout);
    expect(build(checkout)).toMatchObject({ code: 0 });
    const before = readFileSync(checkout.at(out, 'two.tar'));
    rmSync(checkout.at(EXAMPLE, 'cells/two.txt'));
    const { code, stdout, stderr } = build(checkout);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/two\.cell\.yaml:5:9: error input\/unreadable\n.*two\.txt/);
    expect(readFileSync(checkout.at(out, 'two.tar'))).toEqual(before);
    copyFileSync(checkout.at(EXAMPLE, 'cells/one.txt'), checkout.at(EXAMPLE, 'cells/two.txt'));
    expect(built(build(checkout))).toEqual(['two.tar']);
  });
});

test('make says that a manifest makes another bundle than its rule', () => {
  const checkout = new Checkout();
  const manifest = checkout.at(EXAMPLE, 'cells/one.cell.yaml');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('name: one', 'name: other'));
  const { code, stderr } = checkout.run('make', ['-C', EXAMPLE, `JAILHOUSE_BUNDLE=${checkout.command}`]);
  expect(code).toBe(2);
  expect(stderr).toContain('cells/one.cell.yaml does not make bundles/one.tar');
});

test.each([
  ['MANIFEST', 'jailhouse_bundle(x OUTPUT x.tar)', 'jailhouse_bundle(x): MANIFEST is not given'],
  ['a mistyped word', 'jailhouse_bundle(x MANIFEST m OUTPUT x.tar OPTION y)', 'jailhouse_bundle(x)'],
])('cmake stops at %s', (_, line, message) => {
  const checkout = new Checkout();
  const lists = `cmake_minimum_required(VERSION 3.20)
project(x NONE)
include(\${CMAKE_SOURCE_DIR}/../cmake/JailhouseBundle.cmake)
${line}
`;
  writeFileSync(checkout.at(EXAMPLE, 'CMakeLists.txt'), lists);
  const { code, stderr } = checkout.run('cmake', ['-S', EXAMPLE, '-B', 'build']);
  expect(code).not.toBe(0);
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain(message);
});

describe('a depfile with names that need escapes', () => {
  const NAMES = ['my initrd', '$(HOME) $$', 'a#b', 'a:b', '100%', String.raw`a\b c\ d`, 'ü[1]~{x}'];

  const prepare = (): Checkout => {
    const checkout = new Checkout('my cells-');
    const manifest = checkout.at(EXAMPLE, 'cells/one.cell.yaml');
    const list = `initrd: [${NAMES.map((name) => `'${name}'`).join(', ')}]`;
    const text = readFileSync(manifest, 'utf8').replace('initrd: one.txt', () => list);
    writeFileSync(checkout.at('one.cell.yaml'), text.replaceAll('../../../', ''));
    for (const name of NAMES) writeFileSync(checkout.at(name), `${name}\n`);
    writeFileSync(
      checkout.at('Makefile'),
      'one.tar:\n\tjailhouse-bundle build one.cell.yaml --depfile one.d\n-include one.d\n',
    );
    writeFileSync(
      checkout.at('build.ninja'),
      `rule bundle
  command = jailhouse-bundle build one.cell.yaml --depfile one.d
  depfile = one.d
build one.tar: bundle
`,
    );
    age(checkout);
    return checkout;
  };

  test.each(['make', 'ninja'])('%s knows each of them', (program) => {
    const checkout = prepare();
    expect(checkout.run(program, [])).toEqual({
      code: 0,
      stdout: expect.any(String),
      stderr: expect.any(String),
    });
    const isDone = (): boolean => /is up to date|no work to do/.test(checkout.run(program, ['-n']).stdout);
    for (const name of [...NAMES, 'one.cell.yaml', 'example-project/payload/payload.bzImage']) {
      expect({ name, isDone: isDone() }).toEqual({ name, isDone: true });
      expect({ name, isDone: touched(checkout.at(name), isDone) }).toEqual({ name, isDone: false });
      // Make cannot be given a rule for it: it says itself that the file is missing.
      if (name.includes('%')) continue;
      renameSync(checkout.at(name), checkout.at('gone'));
      expect(checkout.run(program, ['-n'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/jailhouse-bundle build|\[1\/1\]/),
      });
      renameSync(checkout.at('gone'), checkout.at(name));
    }
  });
});

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { TOOL_VERSION } from '../../src/base/version.ts';
import { Checkout, INTEGRATIONS, type Ran } from '../helpers/integrations.ts';
import { expectChecked } from '../helpers/shellcheck.ts';

const LAYER = path.join(INTEGRATIONS, 'yocto');
const RECIPES = path.join(LAYER, 'recipes-devtools/jailhouse-bundle');
const CLASS = readFileSync(path.join(LAYER, 'classes/jailhouse-bundle.bbclass'), 'utf8');
const RECIPE_NAME = `jailhouse-bundle-native_${TOOL_VERSION}.bb`;
const RECIPE = readFileSync(path.join(RECIPES, RECIPE_NAME), 'utf8');
const README = readFileSync(path.join(LAYER, 'README.md'), 'utf8');

/** What BitBake's own files define. */
const FROM_BITBAKE = [
  'B',
  'COMMON_LICENSE_DIR',
  'D',
  'DEPLOYDIR',
  'DEPLOY_DIR_IMAGE',
  'MACHINE',
  'MACHINE_ARCH',
];
FROM_BITBAKE.push('S', 'WORKDIR', 'bindir');

/** As BitBake finds variables to expand; `${file%%:*}` is none. */
const VARIABLE = /\$\{([a-zA-Z0-9\-_+./~]+?)\}/g;

interface Parsed {
  variables: Map<string, string>;
  flags: Map<string, string>;
  functions: Map<string, string>;
  python: string[];
}

/** Each line must be something that BitBake's parser knows. */
function parse(text: string): Parsed {
  const parsed: Parsed = { variables: new Map(), flags: new Map(), functions: new Map(), python: [] };
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const body = (): string => {
      const end = lines.indexOf('}', at);
      expect(end).toBeGreaterThan(at);
      const inside = lines.slice(at + 1, end);
      at = end;
      return `${inside.join('\n')}\n`;
    };
    if (line === '' || line.startsWith('#')) continue;
    const assigned = /^(\w+)(?:\[([\w-]+)\])? (?:\?\?=|\?=|\+=|\.=|=) "([^"]*)"$/.exec(line);
    const named = /^(\w+)\(\) \{$/.exec(line);
    if (assigned?.[2] !== undefined) parsed.flags.set(`${assigned[1]}[${assigned[2]}]`, assigned[3]!);
    else if (assigned) parsed.variables.set(assigned[1]!, assigned[3]!);
    else if (named) parsed.functions.set(named[1]!, body());
    else if (/^python \w+\(\) \{$/.test(line)) parsed.python.push(body());
    else expect(line).toMatch(/^(?:inherit [\w -]+|deltask \w+|addtask \w+(?: (?:after|before) \w+)+)$/);
  }
  return parsed;
}

const bbclass = parse(CLASS);
const recipe = parse(RECIPE);

/** The script that BitBake would run. */
function scriptOf(body: string, values: Readonly<Record<string, string>>): string {
  const expand = (text: string): string =>
    text.replaceAll(VARIABLE, (whole, name: string) => (name in values ? expand(values[name]!) : whole));
  return `#!/bin/sh\nset -e\nbbfatal() { echo "ERROR: $*" >&2; exit 1; }\n${expand(body)}`;
}

describe.each([
  ['class', bbclass, CLASS],
  ['recipe', recipe, RECIPE],
])('the %s', (_, parsed, text) => {
  test('uses no variable that nobody sets', () => {
    const used = [...text.matchAll(VARIABLE)].map(([, name]) => name!);
    const known = new Set([...parsed.variables.keys(), ...FROM_BITBAKE]);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  test('has shell functions that shells and shellcheck take', () => {
    expect(parsed.functions.size).toBeGreaterThan(0);
    for (const [name, body] of parsed.functions) {
      // As BitBake's variables are: words for the shell, some of them lists.
      const script = scriptOf(
        body,
        Object.fromEntries([...parsed.variables.keys(), ...FROM_BITBAKE].map((each) => [each, `/x/${each}`])),
      );
      expect({ name, ...spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' }) }).toMatchObject({
        name,
        status: 0,
        stderr: '',
      });
      // A list of one word, and a test of a constant.
      expectChecked(script, 'sh', ['SC2043', 'SC2157']);
    }
  });

  test('has python functions that compile', () => {
    for (const body of parsed.python) {
      const program = `def function(d, bb):\n${body}`;
      const words = ['-c', 'import sys; compile(sys.stdin.read(), "function", "exec")'];
      expect(spawnSync('python3', words, { input: program, encoding: 'utf8' })).toMatchObject({ status: 0 });
    }
  });
});

test('each variable of users has a default, a description and a line in the README', () => {
  const names = new Set([...CLASS.matchAll(/\bJAILHOUSE_BUNDLE_[A-Z_]+\b/g)].map(([name]) => name));
  for (const name of names) {
    expect(bbclass.variables.has(name), name).toBe(true);
    expect(bbclass.flags.get(`${name}[doc]`), name).toMatch(/\.$/);
    expect(README).toMatch(new RegExp(`^- .*\`${name}\``, 'm'));
  }
  for (const [name] of README.matchAll(/\bJAILHOUSE_BUNDLE_[A-Z_]+\b/g)) expect(names).toContain(name);
});

test('the layer finds its recipe and its class', () => {
  const conf = readFileSync(path.join(LAYER, 'conf/layer.conf'), 'utf8');
  expect(conf).toContain('BBFILES += "${LAYERDIR}/recipes-*/*/*.bb"');
  expect(readdirSync(RECIPES)).toContain(RECIPE_NAME);
  expect(recipe.variables.get('SRC_URI')).toBe('file://jailhouse-bundle.mjs');
});

test('the native recipe installs the command', () => {
  const checkout = new Checkout();
  mkdirSync(checkout.at('unpacked'));
  writeFileSync(checkout.at('unpacked/jailhouse-bundle.mjs'), 'the single file');
  const script = scriptOf(recipe.functions.get('do_install')!, {
    D: checkout.at('image'),
    UNPACKDIR: checkout.at('unpacked'),
    bindir: '/usr/bin',
  });
  expect(checkout.run('sh', ['-c', script])).toMatchObject({ code: 0, stderr: '' });
  const { mode } = statSync(checkout.at('image/usr/bin/jailhouse-bundle'));
  expect(mode & 0o777).toBe(0o755);
});

describe('the tasks of the class', () => {
  /** The manifest in UNPACKDIR, its kernel in DEPLOY_DIR_IMAGE. */
  function prepare(more: Readonly<Record<string, string>> = {}): {
    checkout: Checkout;
    task(name: string): Ran;
  } {
    const checkout = new Checkout();
    const unpacked = checkout.at('work/sources');
    const deployed = checkout.at('deploy/images');
    for (const folder of [unpacked, deployed, checkout.at('work/bundles')])
      mkdirSync(folder, { recursive: true });
    const manifest = readFileSync(checkout.at('integrations/example/cells/one.cell.yaml'), 'utf8')
      .replace(/cell: .*/, 'cell: payload.jailhouse.yaml')
      .replace(/image: .*/, 'image: images/Image')
      .replace(/initrd: .*/, 'initrd: rootfs.cpio.gz');
    writeFileSync(path.join(unpacked, 'one.cell.yaml'), manifest);
    const cell = readFileSync(checkout.at('example-project/cells/payload.jailhouse.yaml'));
    writeFileSync(path.join(unpacked, 'payload.jailhouse.yaml'), cell);
    const kernel = readFileSync(checkout.at('example-project/payload/payload.bzImage'));
    writeFileSync(path.join(deployed, 'bzImage'), kernel);
    writeFileSync(path.join(deployed, 'rootfs.cpio.gz'), 'an initrd\n');
    const values = {
      ...Object.fromEntries(bbclass.variables),
      B: checkout.at('work/bundles'),
      DEPLOYDIR: checkout.at('work/deploy'),
      DEPLOY_DIR_IMAGE: deployed,
      UNPACKDIR: unpacked,
      JAILHOUSE_BUNDLE_MANIFESTS: 'one.cell.yaml',
      JAILHOUSE_BUNDLE_FILES: 'bzImage:images/Image rootfs.cpio.gz',
      ...more,
    };
    const task = (name: string): Ran =>
      checkout.run('sh', ['-c', scriptOf(bbclass.functions.get(name)!, values)], {
        env: { SOURCE_DATE_EPOCH: '1700000000' },
      });
    return { checkout, task };
  }

  test('build and deploy', () => {
    const { checkout, task } = prepare({ JAILHOUSE_BUNDLE_ARGS: '--profile mainline' });
    expect(task('do_compile')).toMatchObject({ code: 0 });
    expect(task('do_deploy')).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(checkout.at('work/deploy'))).toEqual(['one.tar']);
    expect(checkout.run('jailhouse-bundle', ['verify', 'work/deploy/one.tar'])).toMatchObject({ code: 0 });
  });

  test('sign', () => {
    const key = '--no-password';
    const { checkout, task } = prepare();
    expect(checkout.run('jailhouse-bundle', ['keygen', 'cells', key])).toMatchObject({ code: 0 });
    const signed = prepare({ JAILHOUSE_BUNDLE_KEY_FILE: checkout.at('cells.key') });
    expect(signed.task('do_compile')).toMatchObject({ code: 0 });
    expect(readdirSync(signed.checkout.at('work/bundles'))).toEqual(['one.tar', 'one.tar.minisig']);
    expect(task('do_compile')).toMatchObject({ code: 0 });
  });

  test('name a file that is not deployed', () => {
    const { task } = prepare({ JAILHOUSE_BUNDLE_FILES: 'Image:images/Image' });
    expect(task('do_compile')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ERROR: JAILHOUSE_BUNDLE_FILES: \S+\/Image does not exist/),
    });
  });

  test('fail where the check fails', () => {
    const { checkout, task } = prepare({ JAILHOUSE_BUNDLE_FILES: 'bzImage:images/Image' });
    expect(task('do_compile')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('input/unreadable'),
    });
    expect(readdirSync(checkout.at('work/bundles'))).toEqual([]);
  });
});

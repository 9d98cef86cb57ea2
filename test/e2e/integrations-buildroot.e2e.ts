import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { TOOL_VERSION } from '../../src/base/version.ts';
import { Checkout, INTEGRATIONS, type Ran } from '../helpers/integrations.ts';
import { expectChecked } from '../helpers/shellcheck.ts';

const TREE = path.join(INTEGRATIONS, 'buildroot');
const PACKAGE = path.join(TREE, 'package/jailhouse-bundle');
const textOf = (...names: string[]): string => readFileSync(path.join(TREE, ...names), 'utf8');

/**
 * In place of Buildroot's package infrastructure: what the package uses of it, with the names and the order of steps that
 * Buildroot's manual describes. It fetches from folders alone.
 */
const INFRASTRUCTURE = String.raw`
qstrip = $(strip $(subst ",,$(1)))
INSTALL = install
BR2_EXTERNAL_JAILHOUSE_BUNDLE_PATH = $(TREE)
BR2_PACKAGE_HOST_JAILHOUSE_BUNDLE_SITE = "$(SITE)"
HOST_DIR = $(OUT)/host
HOST_JAILHOUSE_BUNDLE_DL_DIR = $(OUT)/dl/jailhouse-bundle

define host-generic-package
show:
	@echo 'site=$$(HOST_JAILHOUSE_BUNDLE_SITE)'
	@echo 'source=$$(HOST_JAILHOUSE_BUNDLE_SOURCE)'
	@echo 'dependencies=$$(HOST_JAILHOUSE_BUNDLE_DEPENDENCIES)'
host-jailhouse-bundle: $$(OUT)/build/.installed
$$(OUT)/build/.extracted: @D = $$(OUT)/build
$$(OUT)/build/.extracted:
	mkdir -p $$(HOST_JAILHOUSE_BUNDLE_DL_DIR) $$(@D)
	cp '$$(patsubst file://%,%,$$(HOST_JAILHOUSE_BUNDLE_SITE))/$$(HOST_JAILHOUSE_BUNDLE_SOURCE)' $$(HOST_JAILHOUSE_BUNDLE_DL_DIR)/
	$$(HOST_JAILHOUSE_BUNDLE_EXTRACT_CMDS)
	touch $$@
$$(OUT)/build/.installed: $$(OUT)/build/.extracted
	test -f $$(@D)/$$(HOST_JAILHOUSE_BUNDLE_LICENSE_FILES)
	$$(HOST_JAILHOUSE_BUNDLE_INSTALL_CMDS)
	touch $$@
endef

include $(TREE)/external.mk
`;

function withBuildroot(site?: string): { checkout: Checkout; make(target: string): Ran } {
  const checkout = new Checkout();
  writeFileSync(checkout.at('Makefile'), INFRASTRUCTURE);
  mkdirSync(checkout.at('files'));
  writeFileSync(checkout.at(`files/jailhouse-bundle-${TOOL_VERSION}.mjs`), 'the single file');
  const words = [`TREE=${checkout.at('integrations/buildroot')}`, `OUT=${checkout.at('output')}`];
  words.push(`SITE=${site ?? checkout.at('files')}`);
  return { checkout, make: (target) => checkout.run('make', ['-s', target, ...words]) };
}

describe('the package', () => {
  test('installs the file of this version as a command of the host', () => {
    const { checkout, make } = withBuildroot();
    expect(make('host-jailhouse-bundle')).toMatchObject({ code: 0, stderr: '' });
    const installed = checkout.at('output/host/bin/jailhouse-bundle');
    expect(readFileSync(installed, 'utf8')).toBe('the single file');
    expect(statSync(installed).mode & 0o777).toBe(0o755);
  });

  test.each([
    ['/srv/files', 'file:///srv/files'],
    ['https://files.example/jailhouse', 'https://files.example/jailhouse'],
  ])('is fetched from %s as %s', (site, expected) => {
    const { make } = withBuildroot(site);
    expect(make('show')).toMatchObject({
      code: 0,
      stdout: `site=${expected}\nsource=jailhouse-bundle-${TOOL_VERSION}.mjs\ndependencies=host-nodejs\n`,
    });
  });

  test('has settings that its files and the README name', () => {
    const config = textOf('package/jailhouse-bundle/Config.in.host');
    const defined = [...config.matchAll(/^config (\w+)$/gm)].map(([, name]) => name!);
    const used = [
      textOf('package/jailhouse-bundle/jailhouse-bundle.mk'),
      textOf('README.md'),
      textOf('post-image.sh'),
    ]
      .flatMap((text) => [...text.matchAll(/\bBR2_PACKAGE_HOST_JAILHOUSE\w+/g)])
      .map(([name]) => name);
    expect(new Set(used)).toEqual(new Set(defined));
    // Each source is there, and each name of a variable is made of that of the tree.
    const [, sourced] = /^source "\$BR2_EXTERNAL_JAILHOUSE_BUNDLE_PATH\/(.*)"$/m.exec(textOf('Config.in'))!;
    expect(textOf(sourced!)).toBe(config);
    expect(textOf('external.desc')).toMatch(/^name: JAILHOUSE_BUNDLE$/m);
  });

  test('has a hash file in the form that Buildroot reads', () => {
    expect(readdirSync(PACKAGE)).toContain('jailhouse-bundle.hash');
    for (const line of textOf('package/jailhouse-bundle/jailhouse-bundle.hash').trimEnd().split('\n'))
      expect(line).toMatch(/^(?:#.*|sha256 {2}[0-9a-f]{64} {2}\S+)$/);
  });
});

describe('the post-image script', () => {
  test('is one that shellcheck has nothing against', () => expectChecked(textOf('post-image.sh'), 'sh'));

  function prepare(): { checkout: Checkout; script(...words: string[]): Ran } {
    const checkout = new Checkout();
    const images = checkout.at('output/images');
    mkdirSync(images, { recursive: true });
    mkdirSync(checkout.at('board/my cells'), { recursive: true });
    const manifest = readFileSync(checkout.at('integrations/example/cells/one.cell.yaml'), 'utf8')
      .replace(/cell: .*/, 'cell: payload.jailhouse.yaml')
      .replace(/image: .*/, 'image: ../bzImage')
      .replace(/initrd: .*/, 'initrd: ../rootfs.cpio.gz');
    writeFileSync(checkout.at('board/my cells/one.cell.yaml'), manifest);
    const cell = readFileSync(checkout.at('example-project/cells/payload.jailhouse.yaml'));
    writeFileSync(checkout.at('board/my cells/payload.jailhouse.yaml'), cell);
    const kernel = readFileSync(checkout.at('example-project/payload/payload.bzImage'));
    writeFileSync(path.join(images, 'bzImage'), kernel);
    writeFileSync(path.join(images, 'rootfs.cpio.gz'), 'an initrd\n');
    const words = [checkout.at('integrations/buildroot/post-image.sh'), images];
    return {
      checkout,
      // HOST_DIR/bin is where the checkout has the command.
      script: (...more) => checkout.run('sh', [...words, ...more], { env: { HOST_DIR: checkout.path } }),
    };
  }

  test('bundles the images of the build, and does so again', () => {
    const { checkout, script } = prepare();
    for (const _ of [1, 2]) expect(script('board/my cells')).toMatchObject({ code: 0 });
    expect(checkout.run('jailhouse-bundle', ['verify', 'output/images/one.tar'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['no folder', [], /BR2_ROOTFS_POST_SCRIPT_ARGS must be one folder/],
    ['a folder that is not there', ['nothing'], /BR2_ROOTFS_POST_SCRIPT_ARGS must be one folder/],
    ['a folder without manifests', ['bin'], /bin has no \*\.cell\.yaml/],
  ])('refuses %s', (_, words, message) => {
    const { script } = prepare();
    expect(script(...words)).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
  });

  test('says which setting is missing', () => {
    const { checkout } = prepare();
    const words = [
      checkout.at('integrations/buildroot/post-image.sh'),
      checkout.at('output/images'),
      'board/my cells',
    ];
    expect(checkout.run('sh', words, { env: { HOST_DIR: checkout.at('output') } })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('set BR2_PACKAGE_HOST_JAILHOUSE_BUNDLE=y'),
    });
  });
});

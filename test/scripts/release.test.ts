import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../helpers/docs.ts';

interface Section {
  isUnreleased: boolean;
  text: string;
}

const { sectionOf } = (await import(`${ROOT}/scripts/lib/changelog.mjs`)) as {
  sectionOf(changelog: string, version: string): Section | null;
};
const { sbomOf } = (await import(`${ROOT}/scripts/lib/release-sbom.mjs`)) as {
  sbomOf(single: string, lock: unknown, node: string): Record<string, unknown>;
};

describe('the section of a version', () => {
  const CHANGELOG = `# Changelog

Notable changes.

## 1.10.0 (unreleased)

- New.

### More

- Of it.

## 1.1.0 (2026-12-01)

- Old.
`;

  test.each([
    ['1.10.0', { isUnreleased: true, text: '- New.\n\n### More\n\n- Of it.' }],
    ['1.1.0', { isUnreleased: false, text: '- Old.' }],
    ['1.1', null],
    ['(unreleased)', null],
  ])('%s', (version, section) => expect(sectionOf(CHANGELOG, version)).toEqual(section));

  test('this version has one', () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(sectionOf(readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8'), version)?.text).toMatch(/^\S/);
  });
});

test('the SBOM has what the end of the single file names', () => {
  const single = `code();
// own 0.1.0 (MIT)
//
// text of a licence
// @scope/one 1.2.3 (ISC)
// two 2.0.0 (MIT AND BSD-3-Clause)
`;
  const lock = {
    packages: { 'node_modules/@scope/one': { integrity: `sha512-${Buffer.from('x').toString('base64')}` } },
  };
  const sbom = sbomOf(single, lock, '20.20.2');
  expect(sbom).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: expect.stringMatching(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    metadata: { component: { type: 'application', name: 'own', purl: 'pkg:npm/own@0.1.0' } },
    components: [
      {
        purl: 'pkg:npm/%40scope/one@1.2.3',
        hashes: [{ alg: 'SHA-512', content: '78' }],
        licenses: [{ license: { id: 'ISC' } }],
      },
      { purl: 'pkg:npm/two@2.0.0', licenses: [{ expression: 'MIT AND BSD-3-Clause' }] },
      { purl: 'pkg:generic/node@20.20.2' },
    ],
  });
  expect(sbomOf(single, lock, '20.20.2')).toEqual(sbom);
  expect(sbomOf(`${single}// x 1.0.0 (MIT)\n`, lock, '20.20.2')['serialNumber']).not.toBe(
    sbom['serialNumber'],
  );
});

test('a folder with other files is not emptied', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'release-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'thesis.txt'), 'years of work');
  const words = [path.join(ROOT, 'scripts/release.mjs'), '--dry-run', folder];
  expect(() => execFileSync(process.execPath, words, { stdio: 'pipe' })).toThrow(
    /has files that are not of a release/,
  );
  expect(readFileSync(path.join(folder, 'thesis.txt'), 'utf8')).toBe('years of work');
});

import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { isOlderVersion, LEAST_NODE, TOOL_NAME, TOOL_VERSION } from '../../src/base/version.ts';

test('the version that bundles carry is the package’s', () => {
  expect([TOOL_NAME, TOOL_VERSION]).toEqual([packageJson.name, packageJson.version]);
});

test('the least Node.js is the package’s', () => {
  expect(packageJson.engines.node).toBe(`>=${LEAST_NODE}`);
});

test.each([
  ['18.20.8', true],
  ['20.18.3', true],
  ['20.19.0', false],
  ['20.20.2', false],
  ['22.0.0', false],
  ['100.0.0', false],
])('%s is older than 20.19: %s', (version, older) => {
  expect(isOlderVersion(version, '20.19')).toBe(older);
});

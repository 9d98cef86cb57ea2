import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { TOOL_NAME, TOOL_VERSION } from '../../src/base/version.ts';

test('the version that bundles carry is the package’s', () => {
  expect([TOOL_NAME, TOOL_VERSION]).toEqual([packageJson.name, packageJson.version]);
});

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PLAIN } from '../../src/cli/output.ts';
import { renderFindings } from '../../src/cli/report.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { DEFAULT_INCLUDE } from '../../src/plugin/index.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const manifest = /^```yaml\n(.*?)^```/ms.exec(readme)![1]!;

test('the manifest that the README shows has no problem', () => {
  expect(parseManifest(manifest).problems).toEqual([]);
});

test('the error that the README shows is real', () => {
  const text = [
    'name: linux-x86-demo',
    'cell: linux-x86-demo.cell',
    'kernel:',
    '  image: bzImage',
    'initrd: rootfs.cpio.gz',
    'comdline: console=ttyS0,115200',
    '',
  ].join('\n');
  const { problems, locate } = parseManifest(text);
  const findings = { file: 'linux.cell.yaml', text, locate, fileAt: () => null, diagnostics: problems };
  const shown = renderFindings(findings, PLAIN, new Map()).join('\n').trimEnd();
  expect(readme).toContain(`\n\`\`\`text\n${shown}\n\`\`\`\n`);
});

test('the README and the docstring show the default of `include`', async () => {
  const shown = `/${DEFAULT_INCLUDE.source}/`;
  expect(readme).toContain(`\`${shown.replaceAll('|', '\\|')}\``);
  expect(await readFile(new URL('../../src/plugin/index.ts', import.meta.url), 'utf8')).toContain(
    `@default ${shown}\n`,
  );
});

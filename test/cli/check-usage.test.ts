import { readFile, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await symlink('bzImage', folder.at('link-to-kernel'));
});
afterAll(() => folder.remove());

const KERNEL = ['--kernel', 'bzImage'];

test.each<[string[], RegExp]>([
  [['demo.cell.yaml', ...KERNEL], /a manifest and --kernel exclude each other/],
  [['demo.cell.yaml', '--cell', 'x', '--cmdline', ''], /a manifest and --cell and --cmdline exclude/],
  [['--cell', 'demo.cell'], /there is no kernel to check with --cell/],
  [['--severity', 'warning'], /there is nothing to check/],
  [[...KERNEL, '--system', 'x'], /--system has no effect without --cell/],
  [[...KERNEL, '--dtb', 'x'], /--dtb has no effect without --cell/],
  [[...KERNEL, '--board', 'x'], /--board has no effect without --cell/],
  [[...KERNEL, '--root-cmdline', 'x'], /--root-cmdline has no effect without --cell/],
  [[...KERNEL, '--cell', 'y', '--root-iomem', ''], /--root-iomem needs a file, not ''/],
  [[...KERNEL, '--cell', 'y', '--root-cmdline', 'a\nb'], /--root-cmdline is not one line/],
  [['demo.cell.yaml', '--root-config', 'x'], /a manifest and --root-config exclude each other/],
  [[...KERNEL, '--loader', 'x'], /--loader has no effect without --cell/],
  [['--config', 'x', '--cell', 'y', '--loader', 'x'], /--loader has no effect without --kernel/],
  [[...KERNEL, ...KERNEL], /--kernel <file>.* only once/],
  [['--kernel'], /'--kernel <file>' argument missing/],
  [['--kernel', ''], /--kernel needs a file, not ''/],
  [[...KERNEL, '--initrd', 'a', '--initrd', ''], /--initrd needs a file, not ''/],
  [[...KERNEL, '-o', ''], /--output needs a file, not ''/],
  [[...KERNEL, '--cmdline', 'a\nb'], /--cmdline is not one line/],
  [[...KERNEL, '--severity', 'fatal'], /Allowed choices are error, warning, info/],
  [[...KERNEL, '--format', 'sarif', '--json'], /'--json' cannot be used with option '--format <format>'/],
  [[...KERNEL, '--profile', 'lax'], /Allowed choices are strict, mainline/],
  [[...KERNEL, '-o', 'bzImage'], /--output bzImage would overwrite bzImage/],
  [[...KERNEL, '-o', 'link-to-kernel'], /--output link-to-kernel would overwrite bzImage/],
  [[...KERNEL, '--fix-fragment', ''], /--fix-fragment needs a file, not ''/],
  [[...KERNEL, '--fix-fragment', '-'], /the report and the fragment cannot both/],
  [[...KERNEL, '--fix-fragment', './a', '-o', 'a'], /--fix-fragment and --output are both a/],
  [[...KERNEL, '--fix-fragment', 'bzImage'], /--fix-fragment bzImage would overwrite bzImage/],
  [['demo.cell.yaml', 'a.cell.yaml', '--fix-fragment', 'a'], /--fix-fragment is for one kernel/],
  [['demo.cell.yaml', '-o', 'kernel.config'], /--output kernel\.config would overwrite .*kernel\.config/],
])('%j is wrong usage: two lines on standard error, exit code 2', async (args, message) => {
  const before = await readFile(folder.at('bzImage'));
  const { code, stdout, stderr } = await run(['check', ...args], { cwd: folder.path });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  expect(await readFile(folder.at('bzImage'))).toEqual(before);
});

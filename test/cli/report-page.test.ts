import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TOOL_VERSION } from '../../src/base/version.ts';
import { Folder, GOOD_FILES, MANIFEST } from '../helpers/cell-files.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';
import { ROOT } from '../helpers/docs.ts';
import { pageOutline } from '../helpers/page-outline.ts';
import { PAGE_PROJECTS, type PageProject } from '../helpers/report-pages.ts';

async function folderOf(files: PageProject['files'] = GOOD_FILES): Promise<Folder> {
  const folder = await Folder.create(files);
  onTestFinished(() => folder.remove());
  return folder;
}

const made = new Map<PageProject, Promise<CliOutcome & { page: string }>>();

async function makePage({ files, manifests }: PageProject): Promise<CliOutcome & { page: string }> {
  const folder = await folderOf(files);
  const outcome = await run(['report', ...manifests, '-o', 'report.html'], { cwd: folder.path });
  return { ...outcome, page: await readFile(folder.at('report.html'), 'utf8') };
}

/** Each is made once for all tests. */
function pageOf(project: PageProject): Promise<CliOutcome & { page: string }> {
  const page = made.get(project) ?? makePage(project);
  made.set(project, page);
  return page;
}

describe.each(Object.entries(PAGE_PROJECTS))('the page of a %s', (name, project) => {
  test('is what it was, and exits as check does', async () => {
    const { code, page } = await pageOf(project);
    const folder = await folderOf(project.files);
    const checked = await run(['check', ...project.manifests], { cwd: folder.path });
    expect(code).toBe(checked.code);
    const again = await run(['report', ...project.manifests], { cwd: folder.path });
    expect(again.stdout === page).toBe(true);
    if (name === 'hostile') return;
    const file = path.join(ROOT, `test/fixtures/reports/page-${name}.txt`);
    await expect(pageOutline(page).replaceAll(TOOL_VERSION, 'VERSION')).toMatchFileSnapshot(file);
  });

  test('loads nothing, runs nothing, and its policy says so', async () => {
    const { page } = await pageOf(project);
    const [, style] = /<style>([^]*?)<\/style>/.exec(page)!;
    const digest = createHash('sha256').update(style!).digest('base64');
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'"`,
    );
    const tags = new Set([...page.matchAll(/<([a-z!]+)/g)].map(([, tag]) => tag));
    for (const tag of ['script', 'link', 'img', 'iframe', 'object', 'base', 'form', 'b'])
      expect(tags).not.toContain(tag);
    expect(page).not.toMatch(/<[^>]*\s(?:style|on\w+|src)=/);
    expect([...page.matchAll(/href="([^"]*)"/g)].filter(([, to]) => !/^#[sm]\d+$/.test(to!))).toEqual([]);
    expect(style).not.toMatch(/url\(|@import/);
  });

  test('has ids of its own, and every reference leads to one', async () => {
    const { page } = await pageOf(project);
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    const wanted = [...page.matchAll(/(?:aria-labelledby|href)="([^"]*)"/g)].flatMap(([, to]) =>
      to!.split(' '),
    );
    expect(wanted.map((to) => to.replace('#', '')).filter((to) => !ids.includes(to))).toEqual([]);
  });

  test('has headings in order', async () => {
    const { page } = await pageOf(project);
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries())
      expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1);
  });
});

test('it counts a cell of a machine that cannot be read', async () => {
  const { machine } = PAGE_PROJECTS;
  const folder = await folderOf({ ...machine.files, 'rtos.cell': 'no cell' });
  const { stdout, code } = await run(['report', ...machine.manifests], { cwd: folder.path });
  expect(code).toBe(1);
  expect(stdout).toContain('2; 1 of them could be read');
});

test('it lists by group what passed, what does not apply, and what needs which input', async () => {
  const { page } = await pageOf(PAGE_PROJECTS.cell);
  const listed = (title: RegExp): string =>
    page.split('<details>').find((part) => title.test(part.slice(0, 200)))!;
  const passed = listed(/rules passed/);
  expect(passed).toContain('<code>kernel/serio</code>');
  expect(passed).toContain('<code>cell/alignment</code>');
  expect(passed).toMatch(/<caption>\s*Cells and the machine that they share/);
  const lacking = listed(/an input was not given/);
  expect(lacking).toMatch(/<caption>\s*Need the system config/);
  expect(lacking).toContain('<code>cell/cpus-outside-root</code>');
  const others = listed(/not applicable/);
  expect(others).toContain('<code>dtb/gic</code>');
  expect(others).toContain('arm64, arm');
});

test('secrets are nowhere in it: neither in the tables nor in the lines of files that findings show', async () => {
  const secret = 'hunter2';
  const { page } = await pageOf({
    files: {
      ...GOOD_FILES,
      'demo.cell.yaml': `${MANIFEST.replace('115200', `115200 password=${secret} luks.key="${secret} x"`)}root: { cmdline: 'token=${secret}' }
checks: { require: { CONFIG_NO_SUCH: y } }
`,
      'kernel.config': `${String(GOOD_FILES['kernel.config'])}CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE="secret=${secret}"\n`,
    },
    manifests: ['demo.cell.yaml'],
  });
  expect(page).not.toContain(secret);
  expect(page.match(/(?:password|key|token|secret)=\[hidden\]/g)!.length).toBeGreaterThanOrEqual(4);
});

test('no text of the input is markup, and none turns what follows', async () => {
  const { page, stderr } = await pageOf(PAGE_PROJECTS.hostile);
  expect(page).not.toMatch(/<(?:script|b)\b/);
  expect(page).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(stderr).not.toContain('\u202e');
});

test('with an error the page is made of what is known', async () => {
  const { code, page } = await pageOf(PAGE_PROJECTS.failing);
  expect(code).toBe(1);
  const outline = pageOutline(page);
  expect(outline).toMatch(/^Fails 3 of 4 fail; /m);
  expect(outline).toMatch(/small\.cell\.yaml\nFails 1 error/);
  expect(outline).toMatch(/no-ram/);
});

test('the severity that fails is the one that is asked for', async () => {
  const folder = await folderOf({
    ...GOOD_FILES,
    'demo.cell.yaml': `${MANIFEST}checks: { waive: [{ rule: kernel/serio, reason: none }] }\n`,
  });
  const args = ['report', 'demo.cell.yaml', '-o', 'a.html'];
  expect((await run(args, { cwd: folder.path })).code).toBe(0);
  const { code, stderr } = await run([...args, '--severity', 'warning'], { cwd: folder.path });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^demo\.cell\.yaml fails: 1 warning\n/);
  expect(await readFile(folder.at('a.html'), 'utf8')).toContain('>Fails<');
});

test('it does not overwrite what it reports', async () => {
  const folder = await folderOf();
  const { code, stderr } = await run(['report', 'demo.cell.yaml', '-o', './bzImage'], { cwd: folder.path });
  expect(code).toBe(2);
  expect(stderr).toContain('would overwrite');
  const { stdout } = await run(['report', 'demo.cell.yaml'], { cwd: folder.path });
  expect(stdout.startsWith('<!doctype html>\n')).toBe(true);
});

test('the digests are those of the bundle that build writes', async () => {
  const folder = await folderOf();
  const { stdout } = await run(['report', 'demo.cell.yaml'], { cwd: folder.path });
  await run(['build', 'demo.cell.yaml', '-o', 'out'], { cwd: folder.path });
  const tar = await readFile(folder.at('out/demo.tar'));
  expect(stdout).toContain(createHash('sha256').update(tar).digest('hex'));
  expect(stdout).toContain(createHash('sha256').update(GOOD_FILES['bzImage']!).digest('hex'));
});

test('manifests with one system config share a machine', async () => {
  const { files } = PAGE_PROJECTS.machine;
  const folder = await folderOf({
    ...files,
    'one.cell.yaml': `system: root.cell\n${MANIFEST.replace('demo.cell', 'linux.cell').replace('name: demo', 'name: one')}`,
    'two.cell.yaml': `system: root.cell\n${MANIFEST.replace('demo.cell', 'rtos.cell').replace('name: demo', 'name: two')}`,
  });
  const { stdout } = await run(['report', 'one.cell.yaml', 'two.cell.yaml'], { cwd: folder.path });
  const outline = pageOutline(stdout);
  expect(outline).toContain('\n## The machine of one.cell.yaml, two.cell.yaml\n');
  const machine = outline.slice(outline.indexOf('## The machine of'));
  for (const name of ['root cell', 'hypervisor', 'linux', 'rtos']) expect(machine).toContain(name);
});

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { ROOT } from '../helpers/docs.ts';
import { PAGE_PROJECTS } from '../helpers/report-pages.ts';
import { terminalPage } from '../helpers/terminal-page.ts';

/** What was seen; not in version control. */
const PICTURES = path.join(ROOT, '.cache/report');

const LOOKS = {
  desktop: { width: 1200, scheme: 'light', media: 'screen' },
  'desktop-dark': { width: 1200, scheme: 'dark', media: 'screen' },
  phone: { width: 360, scheme: 'light', media: 'screen' },
  'phone-dark': { width: 360, scheme: 'dark', media: 'screen' },
  print: { width: 794, scheme: 'dark', media: 'print' },
} as const;

let browser: Browser;
let profile: string;
beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true });
  profile = await mkdtemp(path.join(tmpdir(), 'chromium-'));
  browser = await launch({
    executablePath: '/usr/bin/chromium',
    userDataDir: profile,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});
afterAll(async () => {
  await browser?.close();
  await rm(profile, { recursive: true, force: true });
});

/** A tab that keeps what the page says and asks for. */
async function openTab(look: keyof typeof LOOKS): Promise<{ tab: Page; said: string[] }> {
  const { width, scheme, media } = LOOKS[look];
  const tab = await browser.newPage();
  const said: string[] = [];
  tab.on('console', (message) => said.push(message.text()));
  tab.on('pageerror', (error) => said.push(String(error)));
  tab.on('dialog', (dialog) => said.push(dialog.message()));
  tab.on('request', (request) => {
    if (!request.url().startsWith('file:')) said.push(request.url());
  });
  const isPhone = width < 600;
  await tab.setViewport({ width, height: 800, isMobile: isPhone, hasTouch: isPhone });
  // Together: each of the two by itself takes the other back.
  const session = await tab.createCDPSession();
  const features = [{ name: 'prefers-color-scheme', value: scheme }];
  await session.send('Emulation.setEmulatedMedia', { media, features });
  return { tab, said };
}

const picture = (name: string): string => path.join(PICTURES, `${name}.png`);

/** A script of ours runs in spite of the page's policy, which holds for its own. */
async function violations(tab: Page, file: string): Promise<string[]> {
  await tab.setBypassCSP(true);
  await tab.goto(file);
  await tab.evaluate(axe.source);
  const { violations: found } = (await tab.evaluate('axe.run(document)')) as axe.AxeResults;
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`);
}

const widthOf = (tab: Page): Promise<number> =>
  tab.evaluate('document.documentElement.scrollWidth') as Promise<number>;

/** Excerpts that are higher than their lines: marks would be below other text than theirs. */
const wrappedLines = (tab: Page): Promise<string[]> =>
  tab.evaluate(`[...document.querySelectorAll('.finding pre')].filter((each) => {
    const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(each);
    const height = each.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
    return height > each.textContent.split('\\n').length * parseFloat(lineHeight) + 1;
  }).map(({ textContent }) => textContent)`) as Promise<string[]>;

describe.each(Object.entries(PAGE_PROJECTS))('the page of a %s', (name, { files, manifests }) => {
  let folder: Folder;
  let file: string;
  beforeAll(async () => {
    folder = await Folder.create(files);
    await run(['report', ...manifests, '-o', 'report.html'], { cwd: folder.path });
    file = pathToFileURL(folder.at('report.html')).href;
  });
  afterAll(() => folder.remove());

  test.each(Object.keys(LOOKS) as (keyof typeof LOOKS)[])(
    'says nothing, asks for nothing, fits and is fit for all: %s',
    async (look) => {
      const { tab, said } = await openTab(look);
      await tab.goto(file);
      expect(await tab.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(
        LOOKS[look].scheme === 'dark',
      );
      await tab.screenshot({ path: picture(`${name}-${look}`), fullPage: true });
      expect(await widthOf(tab)).toBeLessThanOrEqual(LOOKS[look].width);
      expect(await tab.title()).toMatch(/: Jailhouse report$/);
      // Everything that can be opened.
      await tab.$$eval('details', (all) => all.forEach((each) => each.setAttribute('open', '')));
      expect(await widthOf(tab)).toBeLessThanOrEqual(LOOKS[look].width);
      if (LOOKS[look].media === 'screen') expect(await wrappedLines(tab)).toEqual([]);
      expect(said).toEqual([]);
      if (LOOKS[look].media === 'screen') expect(await violations(tab, file)).toEqual([]);
      await tab.close();
    },
  );

  test('prints what is closed, too, and cuts nothing off', async () => {
    const { tab } = await openTab('print');
    await tab.goto(file);
    await writeFile(path.join(PICTURES, `${name}.pdf`), await tab.pdf({ preferCSSPageSize: true }));
    const hidden = await tab.$$eval('details > :not(summary)', (all) =>
      all.filter((each) => each.getBoundingClientRect().height === 0).map(({ outerHTML }) => outerHTML),
    );
    expect(hidden).toEqual([]);
    const cut = await tab.$$eval('.scroll, .lines', (all) =>
      all.filter((each) => each.scrollWidth > each.clientWidth + 1).map(({ textContent }) => textContent),
    );
    expect(cut).toEqual([]);
    await tab.close();
  });

  test('can be walked through with the keyboard, and shows where one is', async () => {
    const { tab } = await openTab('desktop');
    await tab.goto(file);
    const outline = async (): Promise<string> =>
      (await tab.evaluate('getComputedStyle(document.activeElement).outlineStyle')) as string;
    await tab.keyboard.press('Tab');
    expect(await outline()).toBe('solid');
    await tab.close();
  });
});

test.each([80, 120])('the plan in a terminal of %i columns', async (columns) => {
  const { files } = PAGE_PROJECTS.cell;
  const folder = await Folder.create(files);
  const { stdout } = await run(['plan', 'demo.cell.yaml', '--color', 'always'], {
    cwd: folder.path,
    env: { COLUMNS: String(columns) },
  });
  const page = folder.at('plan.html');
  await writeFile(page, terminalPage(stdout, columns));
  const { tab, said } = await openTab('desktop-dark');
  await tab.goto(pathToFileURL(page).href);
  await tab.screenshot({ path: picture(`plan-${columns}`), fullPage: true });
  const overflow = await tab.$eval('pre', ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  expect({ overflow, said }).toEqual({ overflow: 0, said: [] });
  await tab.close();
  await folder.remove();
});

test('the pictures are where people look for them', async () => {
  const { length } = await readFile(picture('machine-phone'));
  expect(length).toBeGreaterThan(10_000);
});

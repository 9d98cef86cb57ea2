import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Checkout, INTEGRATIONS, type Ran } from '../helpers/integrations.ts';
import { expectChecked } from '../helpers/shellcheck.ts';

const textOf = (...names: string[]): string => readFileSync(path.join(INTEGRATIONS, ...names), 'utf8');

/** A project whose second cell has an error, that only this says. */
function project(): Checkout {
  const checkout = new Checkout();
  mkdirSync(checkout.at('tools'));
  // The single file is a program for Node.js, which the command of the checkout is not.
  const [, cli] = /'[^']*' '([^']*)'/.exec(readFileSync(checkout.command, 'utf8'))!;
  writeFileSync(checkout.at('tools/jailhouse-bundle.mjs'), `import '${cli}';\n`);
  return checkout;
}

const CELLS = 'integrations/example/cells';

/** The second of the example's cells no longer waives what its kernel lacks. */
function breakTwo(checkout: Checkout): void {
  const file = checkout.at(CELLS, 'two.cell.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^checks:[^]*/m, ''));
}

describe('the action for GitHub', () => {
  interface Step {
    name: string;
    id: string;
    if?: string;
    shell: string;
    env: Record<string, string>;
    run: string;
  }
  interface Action {
    name: string;
    description: string;
    inputs: Record<string, { description: string; required?: boolean; default?: string }>;
    outputs: Record<string, { description: string; value: string }>;
    runs: { using: string; steps: Step[] };
  }
  const action = parse(textOf('github/action.yml')) as Action;
  const { inputs, outputs, runs } = action;

  test('is a composite action whose steps say their shell', () => {
    expect(action).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    expect(runs.using).toBe('composite');
    for (const step of runs.steps) {
      expect(Object.keys(step).toSorted()).toEqual(
        expect.arrayContaining(['env', 'id', 'name', 'run', 'shell']),
      );
      expect(step.shell).toBe('bash');
      // Inputs are not pasted into scripts: their text would run.
      expect(step.run).not.toContain('${{');
      expectChecked(`#!/bin/bash\n${step.run}`, 'bash');
    }
    for (const [name, { required, default: value }] of Object.entries(inputs))
      expect({ name, ok: required === true || value !== undefined }).toEqual({ name, ok: true });
  });

  test('uses inputs and outputs of steps that are there, and the README has them', () => {
    const text = textOf('github/action.yml');
    for (const [, name] of text.matchAll(/inputs\.(\w+)/g)) expect(Object.keys(inputs)).toContain(name);
    for (const { value } of Object.values(outputs)) {
      const [, id, name] = /^\$\{\{ steps\.(\w+)\.outputs\.(\w+) \}\}$/.exec(value)!;
      const step = runs.steps.find((each) => each.id === id)!;
      expect(step.run).toMatch(new RegExp(`^ *echo '${name}<<`, 'm'));
    }
    for (const name of Object.keys(inputs)) expect(textOf('github/README.md')).toContain(`\`${name}\``);
  });

  /** The values of the expressions that the action has. */
  function evaluate(expression: string, given: Readonly<Record<string, string>>, checkout: Checkout): string {
    const valueOf = (name: string): string => given[name] ?? inputs[name]?.default ?? '';
    const [, inner] = /^\$\{\{ (.*) \}\}$/.exec(expression)!;
    if (/^inputs\.\w+$/.test(inner!)) return valueOf(inner!.slice('inputs.'.length));
    expect(inner).toBe("inputs.program || format('{0}/jailhouse-bundle.mjs', github.action_path)");
    return valueOf('program') || checkout.at('integrations/github/jailhouse-bundle.mjs');
  }

  /** As the runner does it: one step after the other, until one fails. */
  function use(checkout: Checkout, given: Readonly<Record<string, string>>): Ran & { output: string } {
    const output = checkout.at('github-output');
    writeFileSync(output, '');
    const all: Ran = { code: 0, stdout: '', stderr: '' };
    for (const step of runs.steps) {
      if (step.if !== undefined) {
        expect(step.if).toBe("inputs.out != ''");
        if ((given['out'] ?? '') === '') continue;
      }
      const values = Object.entries(step.env).map(([name, value]) => [
        name,
        evaluate(value, given, checkout),
      ]);
      const env = { ...Object.fromEntries(values), GITHUB_OUTPUT: output };
      writeFileSync(checkout.at('step.sh'), step.run);
      const words = ['--noprofile', '--norc', '-e', '-o', 'pipefail', 'step.sh'];
      const { code, stdout, stderr } = checkout.run('bash', words, { env });
      all.code = code;
      all.stdout += stdout;
      all.stderr += stderr;
      if (code !== 0) break;
    }
    return { ...all, output: readFileSync(output, 'utf8') };
  }

  test('annotates, reports and builds', () => {
    const checkout = project();
    writeFileSync(
      checkout.at('integrations/github/jailhouse-bundle.mjs'),
      readFileSync(checkout.at('tools/jailhouse-bundle.mjs')),
    );
    const used = use(checkout, {
      manifests: `${CELLS}/*.cell.yaml\n`,
      out: 'my bundles',
      sarif: 'cells.sarif',
    });
    expect(used).toMatchObject({
      code: 0,
      output: 'bundles<<END OF BUNDLES\nmy bundles/one.tar\nmy bundles/two.tar\nEND OF BUNDLES\n',
    });
    expect(used.stdout).toContain(`::notice file=${CELLS}/one.cell.yaml,line=4`);
    expect(JSON.parse(readFileSync(checkout.at('cells.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
    for (const name of ['one', 'two']) expect(existsSync(checkout.at(`my bundles/${name}.tar`))).toBe(true);
  });

  test('fails with annotations and the SARIF report, and builds nothing', () => {
    const checkout = project();
    breakTwo(checkout);
    const given = {
      manifests: `${CELLS}/one.cell.yaml\n${CELLS}/two*`,
      program: 'tools/jailhouse-bundle.mjs',
    };
    const used = use(checkout, { ...given, out: 'out', sarif: 'cells.sarif' });
    expect(used).toMatchObject({ code: 1, output: '' });
    expect(used.stdout).toMatch(new RegExp(`^::error file=${CELLS}/two.cell.yaml,line=4,`, 'm'));
    expect(readFileSync(checkout.at('cells.sarif'), 'utf8')).toContain('kernel/config-missing');
    expect(existsSync(checkout.at('out'))).toBe(false);
  });

  test.each([
    [{ manifests: 'nothing/*.cell.yaml' }, 'no file matches'],
    [{ manifests: `${CELLS}/*.cell.yaml` }, 'set the input program'],
  ])('says what is wrong with %j', (given, message) => {
    const used = use(project(), given);
    expect(used).toMatchObject({ code: 2, stdout: expect.stringContaining(message) });
    expect(used.stdout).toMatch(/^::error::/);
  });
});

describe('the template for GitLab', () => {
  interface Job {
    script: string[];
    artifacts: { when?: string; paths?: string[]; reports?: Record<string, string> };
  }
  const text = textOf('gitlab/jailhouse-bundle.gitlab-ci.yml');
  const { variables, ...jobs } = parse(text) as { variables: Record<string, string> } & Record<string, Job>;
  const check = jobs['.jailhouse-check']!;
  const build = jobs['.jailhouse-build']!;

  /** As the runner does it: the lines are one script, which ends at the first that fails. */
  function use(checkout: Checkout, { script }: Job, more: Readonly<Record<string, string>> = {}): Ran {
    const env = { ...variables, JAILHOUSE_MANIFESTS: `${CELLS}/*.cell.yaml`, ...more };
    return checkout.run('bash', ['-eo', 'pipefail', '-c', script.join('\n')], { env });
  }

  test('has two jobs to extend, and variables that the README has', () => {
    expect(Object.keys(jobs)).toEqual(['.jailhouse-check', '.jailhouse-build']);
    expect(check.artifacts).toMatchObject({ when: 'always', reports: { codequality: expect.any(String) } });
    const used = [...text.matchAll(/\$(\w+)/g)].map(([, name]) => name!);
    expect(new Set(used)).toEqual(new Set(Object.keys(variables)));
    for (const name of Object.keys(variables)) expect(textOf('gitlab/README.md')).toContain(`- \`${name}\``);
    for (const [, name] of textOf('gitlab/README.md').matchAll(/extends: (\S+)/g))
      expect(Object.keys(jobs)).toContain(name);
    for (const { script } of Object.values(jobs)) {
      const given = Object.keys(variables).map((name) => `${name}=$1`);
      // A command and a list of patterns are words; the folder is not.
      expectChecked(`#!/bin/sh\n${[...given, ...script].join('\n')}\n`, 'sh', ['SC2034', 'SC2086']);
    }
  });

  const reportOf = (checkout: Checkout, kind: string): string =>
    readFileSync(checkout.at(check.artifacts.reports![kind]!), 'utf8');

  test('reports what passes', () => {
    const checkout = project();
    expect(use(checkout, check)).toMatchObject({ code: 0 });
    expect(JSON.parse(reportOf(checkout, 'codequality'))).toEqual([]);
    expect(reportOf(checkout, 'junit')).toMatch(/<testsuite .*two\.cell\.yaml/);
    expect(use(checkout, build, { JAILHOUSE_OUT: 'my bundles' })).toMatchObject({ code: 0 });
    expect(statSync(checkout.at('my bundles/two.tar')).size).toBeGreaterThan(10_000);
  });

  test('fails, with both reports', () => {
    const checkout = project();
    breakTwo(checkout);
    expect(use(checkout, check)).toMatchObject({ code: 1 });
    expect(JSON.parse(reportOf(checkout, 'codequality'))).toContainEqual(
      expect.objectContaining({
        check_name: 'kernel/config-missing',
        severity: 'critical',
        location: { path: `${CELLS}/two.cell.yaml`, lines: { begin: 4 } },
      }),
    );
    expect(reportOf(checkout, 'junit')).toContain('<failure');
    expect(use(checkout, build)).toMatchObject({ code: 1 });
  });

  test('fails where the command is missing', () => {
    const outcome = use(project(), check, { JAILHOUSE_BUNDLE: 'node nothing.mjs' });
    expect(outcome.code).not.toBe(0);
  });
});

test('the image has the single file as its command', () => {
  const lines = textOf('container/Containerfile')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line));
  const words = lines.map((line) => line.split(' ')[0]);
  expect(words).toEqual(['ARG', 'FROM', 'COPY', 'WORKDIR', 'ENTRYPOINT', 'CMD']);
  const [, mode, source, target] = /^COPY --chmod=(\d+) (\S+) (\S+)$/.exec(lines[2]!)!;
  expect(mode).toBe('0755');
  // Where `npm run bundle:single` writes it, which is the folder of the script alone.
  const script = readFileSync(path.join(INTEGRATIONS, '../scripts/build-single.mjs'), 'utf8');
  const [folder, file] = source!.split('/');
  expect(script).toContain(`join(root, '${folder}')`);
  expect(script).toContain(`join(out, '${file}')`);
  const [entry] = JSON.parse(lines[4]!.slice('ENTRYPOINT '.length)) as string[];
  expect(target).toBe(`/usr/local/bin/${entry}`);
  const checkout = new Checkout();
  const help = JSON.parse(lines[5]!.slice('CMD '.length)) as string[];
  expect(checkout.run(entry!, help)).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage:') });
});

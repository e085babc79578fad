import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { type AnyCheck, groups, type Outcome } from '../../src/checks/define';
import { registry } from '../../src/checks/registry';

const folder = resolve(__dirname, '../../src/checks');

const findingsOf = (outcome: Outcome) => {
  if ('skip' in outcome) throw new Error(`skipped: ${outcome.skip}`);
  if ('unknown' in outcome) throw new Error(`unknown: ${outcome.unknown}`);
  return outcome;
};

const evaluate = (check: AnyCheck, example: object): Outcome =>
  check.evaluate(example as Parameters<AnyCheck['evaluate']>[0]);

describe('the registry', () => {
  it('has unique ids in the form of slugs', () => {
    const ids = registry.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/u.test(id))).toEqual([]);
  });

  it('is sorted by group', () => {
    const places = registry.map(({ group }) => groups.indexOf(group));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('holds every check that there is a file of, from the folder of its group', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /= defineCheck\(\{/u.test(readFileSync(join(folder, file), 'utf8')))
      .map((file) => relative('.', file).replace(/\.ts$/u, ''));
    expect(files.map((file) => basename(file)).sort()).toEqual(registry.map(({ id }) => id).sort());
    expect(files.sort()).toEqual(registry.map(({ group, id }) => `${group}/${id}`).sort());
  });
});

describe.each(registry.map((check) => [check.id, check] as const))('%s', (_, check) => {
  it('finds nothing in the example that passes', () => {
    expect(findingsOf(evaluate(check, check.examples.pass))).toEqual([]);
  });

  it('finds something in the example that fails, with evidence and a remediation', () => {
    const findings = findingsOf(evaluate(check, check.examples.fail));
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) {
      expect(finding.subject.kind).not.toBe('');
      expect(finding.subject.name).not.toBe('');
      expect(finding.message).not.toBe('');
      expect(finding.evidence.length).toBeGreaterThan(0);
      expect(finding.remediation.length).toBeGreaterThan(0);
      for (const { endpoint } of finding.evidence) expect(endpoint).toMatch(/^\/v1\//u);
      for (const { title, code } of finding.remediation) {
        expect(title).not.toBe('');
        expect(code.trim()).not.toBe('');
      }
    }
  });

  it('answers what JSON can hold', () => {
    for (const example of [check.examples.pass, check.examples.fail]) {
      const outcome = evaluate(check, example);
      expect(JSON.parse(JSON.stringify(outcome))).toStrictEqual(outcome);
    }
  });

  it('declares what it reads, and reads what it declares', () => {
    const declared = new Set<string>([...check.inputs, ...(check.optional ?? [])]);
    const read = new Set<string>();
    for (const example of [check.examples.pass, check.examples.fail]) {
      expect(new Set(Object.keys(example))).toEqual(declared);
      const recorder = new Proxy(example, {
        get: (target, name, receiver) => {
          read.add(String(name));
          return Reflect.get(target, name, receiver) as unknown;
        },
      });
      evaluate(check, recorder);
    }
    expect(read).toEqual(declared);
  });

  it('judges in part only what it reads', () => {
    for (const name of check.partial ?? []) expect(check.inputs).toContain(name);
  });

  it('is never worse than it declares', () => {
    const rank = ['info', 'warning', 'error'];
    for (const finding of findingsOf(evaluate(check, check.examples.fail))) {
      expect(rank.indexOf(finding.severity ?? check.severity)).toBeLessThanOrEqual(
        rank.indexOf(check.severity),
      );
    }
  });

  it('cites its requirement', () => {
    expect(check.requirement.docs).toMatch(/^https:\/\/developer\.hashicorp\.com\/consul\//u);
    expect(check.title).not.toMatch(/[.!]$/u);
    expect(check.rationale).toMatch(/[^!]\.$/u);
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { type AnyCheck, groups } from '../../src/checks/define';
import { changeSnapshot, type SnapshotChanges } from '../../src/checks/examples/healthy';
import { registry } from '../../src/checks/registry';
import { inputName } from '../../src/checks/view';
import { resultOf, run } from './world';

const folder = resolve(__dirname, '../../src/checks');

const resultFor = (check: AnyCheck, changes: SnapshotChanges) =>
  resultOf(run(changeSnapshot(changes), { checks: [check] }), check.id);

describe('the registry', () => {
  it('has unique ids in the form of slugs', () => {
    const ids = registry.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/u.test(id))).toEqual([]);
  });

  it('is sorted by group', () => {
    const positions = registry.map(({ group }) => groups.indexOf(group));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it('holds every check that there is a file of, from the folder of its group', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        /^export const \w+ = define(?:Check|GatewayGrant)\(\{/mu.test(
          readFileSync(join(folder, file), 'utf8'),
        ),
      )
      .map((file) => relative('.', file).replace(/\.ts$/u, ''));
    expect(files.map((file) => basename(file)).sort()).toEqual(registry.map(({ id }) => id).sort());
    expect(files.sort()).toEqual(registry.map(({ group, id }) => `${group}/${id}`).sort());
  });
});

describe('the tests of checks', () => {
  const testOf = ({ group, id }: AnyCheck): string => join(__dirname, group, `${id}.test.ts`);
  const hasTable = (check: AnyCheck): boolean => {
    const text = existsSync(testOf(check)) ? readFileSync(testOf(check), 'utf8') : '';
    return text.includes(`'${check.id}'`) && /^(?:check|grant)Table\(/mu.test(text);
  };

  // `checkTable` demands a row for each outcome.
  it('are a table each, in test/checks/GROUP/ID.test.ts', () => {
    expect(registry.filter((check) => !hasTable(check)).map(({ id }) => id)).toEqual([]);
  });
});

describe.each(registry.map((check) => [check.id, check] as const))('%s', (_, check) => {
  it('passes in the example that passes, and finds nothing', () => {
    expect(resultFor(check, check.examples.pass)).toMatchObject({ status: 'pass', findings: [] });
  });

  it('fails in the example that fails, with evidence and a remediation for each finding', () => {
    const { status, findings } = resultFor(check, check.examples.fail);
    expect(status).toBe('fail');
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
      const result = resultFor(check, example);
      expect(JSON.parse(JSON.stringify(result))).toStrictEqual(result);
    }
  });

  it('reads every input that it declares', () => {
    const read = new Set<string>();
    const recording: AnyCheck = {
      ...check,
      evaluate: (values: object) =>
        check.evaluate(
          new Proxy(values, {
            get: (target, name, receiver) => {
              read.add(String(name));
              return Reflect.get(target, name, receiver) as unknown;
            },
          }) as never,
        ),
    };
    for (const example of [check.examples.pass, check.examples.fail]) resultFor(recording, example);
    expect(read).toEqual(new Set([...check.inputs, ...(check.optional ?? [])].map(inputName)));
  });

  it('evaluates only required inputs in part', () => {
    for (const input of check.partial ?? []) expect(check.inputs).toContain(input);
  });

  it('is never worse than it declares', () => {
    const rank = ['info', 'warning', 'error'];
    for (const { severity } of resultFor(check, check.examples.fail).findings) {
      expect(rank.indexOf(severity)).toBeLessThanOrEqual(rank.indexOf(check.severity));
    }
  });

  it('cites its requirement', () => {
    expect(check.requirement.docs).toMatch(/^https:\/\/developer\.hashicorp\.com\/consul\//u);
    expect(check.title).not.toMatch(/[.!]$/u);
    expect(check.failureTitle).not.toMatch(/[.!]$/u);
    expect(check.failureTitle).not.toBe(check.title);
    expect(check.rationale).toMatch(/[^!]\.$/u);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from '../../src/checks/runner';
import { loadSnapshot } from '../../src/snapshot/load-snapshot';
import type { Snapshot } from '../../src/snapshot/snapshot';

const read = (name: string): string => readFileSync(join(__dirname, 'fixtures', name), 'utf8');

const load = (): Snapshot => {
  const loaded = loadSnapshot(read('snapshot-version-1.json'));
  if (!loaded.ok) throw new Error(loaded.error);
  return loaded.value;
};

describe('a snapshot file of schema version 1', () => {
  it('has the findings that the version which wrote it reported', () => {
    const before = JSON.parse(read('snapshot-version-1-findings.json')) as Record<string, string[]>;
    const { results } = runChecks(load());
    const now = Object.fromEntries(
      results
        .filter(({ id }) => id in before)
        .map(({ id, findings }) => [id, findings.map(({ subject }) => `${subject.kind}:${subject.name}`)]),
    );
    expect(now).toEqual(before);
  });

  it('is loaded with the sections of the other side', () => {
    const { otherSides } = load().sections;
    const [side] = otherSides.visibility === 'visible' ? otherSides.value : [];
    expect(side).toMatchObject({ peer: 'west', cluster: 'west', snapshot: { visibility: 'visible' } });
    const sections = side?.snapshot.visibility === 'visible' ? side.snapshot.value.sections : undefined;
    expect(sections).toMatchObject({
      exportedServices: { visibility: 'visible', value: [{ entry: { Name: 'default' } }] },
      serviceNames: { visibility: 'hidden', reason: { kind: 'not-gathered' } },
    });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../src/cli/commands/check';
import { diff } from '../../src/cli/commands/diff';
import { explain } from '../../src/cli/commands/explain';
import { saveSnapshot } from '../../src/snapshot/save-snapshot';
import { twoClusters } from '../checks/two-clusters';
import { runInProcess } from './support';

describe('text at a terminal', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'width-'));
    file = join(folder, 'saved.json');
    writeFileSync(file, saveSnapshot(twoClusters()));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const text = async (argv: readonly string[], columns?: number): Promise<string> =>
    (await runInProcess([check, diff, explain], argv, { columns })).out;

  it.each([
    ['of a report', () => ['check', '--snapshot', file]],
    ['of a change', () => ['check', '--snapshot', file, '--without', 'exported-services/default']],
    ['of a comparison', () => ['diff', '--before', file, '--after', file]],
    ['of a check', () => ['explain', 'mesh-gateway-mode']],
  ])('%s is wrapped to its width', async (_, argv) => {
    const usual = await text(argv(), 80);
    expect(await text(argv(), 50)).not.toBe(usual);
    // A line of 300 columns is hard to read; a pipe has no width, and some terminals do not know theirs.
    expect(await text(argv(), 300)).toBe(await text(argv(), 120));
    for (const columns of [undefined, 0]) expect(await text(argv(), columns)).toBe(usual);
  });
});

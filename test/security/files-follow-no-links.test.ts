import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFileAnchor } from '../../src/features/audit/anchor-file';
import { temporaryFolder } from '../lab/process';

it('the anchor is written into no file that a link leads to, and replaces what an interrupted write left', async () => {
  const folder = await temporaryFolder('anchor');
  const [path, victim] = [join(folder.path, 'head'), join(folder.path, 'victim')];
  writeFileSync(victim, 'mine');
  symlinkSync(victim, `${path}.new`);
  const anchor = createFileAnchor(path);
  for (const text of ['one', 'two']) {
    expect((await anchor.write(text, () => true)).ok).toBe(true);
    expect(await anchor.read()).toEqual({ ok: true, value: text });
    writeFileSync(`${path}.new`, 'half');
  }
  expect([readFileSync(victim, 'utf8'), lstatSync(path).isFile()]).toEqual(['mine', true]);
  folder.remove();
});

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { checksPage, requirementList } from '../../src/checks/page';
import { registry } from '../../src/checks/registry';

describe('docs/requirements.md', () => {
  const text = readFileSync(resolve(__dirname, '../../docs/requirements.md'), 'utf8');
  const [, listed = ''] = /<!-- requirements -->\n([\s\S]*)<!-- \/requirements -->/u.exec(text) ?? [];

  it('lists each check once, in its group, with its severity and source (npm run docs writes it)', () => {
    const rows = listed.split(/^### /mu).flatMap((part) => {
      const [group = '', ...lines] = part.split('\n');
      return lines.flatMap((line) => {
        const [, id, severity, source] = /^- \[`(.+?)`\]\(.+?\) \((\w+), (\w+), /u.exec(line) ?? [];
        return id === undefined ? [] : [[group, id, severity, source]];
      });
    });
    expect(rows).toEqual(
      registry.map(({ group, id, severity, requirement }) => [group, id, severity, requirement.source]),
    );
    expect(listed).toBe(requirementList(registry));
  });
});

describe('docs/checks.md', () => {
  const page = checksPage(registry);

  it('is what the registry says (npm run docs writes it)', () => {
    expect(readFileSync(resolve(__dirname, '../../docs/checks.md'), 'utf8')).toBe(page);
  });

  it.each(registry.map((check) => [check.id, check] as const))(
    'has an anchor, a requirement and an example for %s',
    (id, check) => {
      const [, after = ''] = page.split(`\n### ${id}\n`);
      const [section = ''] = after.split(/\n##+ /u);
      expect(section).toContain(check.title);
      expect(section).toContain(check.requirement.docs);
      expect(section).toMatch(/\nExample, (?:error|warning|info) for /u);
      expect(section).toContain('/v1/');
      expect(section).toMatch(/\n~~~~(?:hcl|sh|yaml)\n/u);
    },
  );
});

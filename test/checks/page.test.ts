import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { checksPage } from '../../src/checks/page';
import { registry } from '../../src/checks/registry';

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

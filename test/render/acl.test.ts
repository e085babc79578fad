import fc from 'fast-check';
import { renderAclText } from '../../src/render/acl';
import { aclReport, aclToken, hostileAclReport } from './acl-reports';

describe('an inspection at a terminal', () => {
  it('cannot move the cursor, hide text or colour what should be plain', () => {
    fc.assert(
      fc.property(hostileAclReport, (found) => {
        const text = renderAclText(found, { colour: false, width: 80 });
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['✓', {}],
    ['✗', { grants: [{ right: 'mesh:write', allowed: false, because: 'default', why: 'TLS' }] }],
    ['✗', { expiry: 'expired', expires: '2026-11-20T00:00:00Z' }],
    ['!', { management: true }],
    ['?', { state: 'gone', grants: [] }],
    ['?', { state: 'unreadable', grants: [] }],
  ] as const)('marks a token with %s', (mark, over) => {
    const text = renderAclText(aclReport({ tokens: [aclToken(over)] }), {
      colour: false,
      width: 80,
    });
    expect(text.split('\n')).toContainEqual(
      expect.stringMatching(new RegExp(`^[${mark}] the token of`, 'u')),
    );
  });

  it('shows commands at the left margin, letter for letter', () => {
    const code = 'consul acl policy create -name a -rules - <<\'EOF\'\nmesh = "write"\nEOF\n';
    const remediation = [{ title: 'Grant it', language: 'shell', code }] as const;
    expect(
      renderAclText(aclReport({ tokens: [aclToken({ remediation })] }), { colour: false, width: 80 }),
    ).toContain(`\n${code}`);
  });
});

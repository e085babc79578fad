import fc from 'fast-check';
import { renderAcl } from '../../../src/features/acl/acl.message';
import { aclButtons } from '../../../src/features/acl/acl-buttons';
import { messageRoom } from '../../../src/render/slack/limits';
import { aclReport, hostileAclReport } from '../../render/acl-reports';
import { hostileText } from '../../render/hostile';
import { expectMessage, requester } from '../../render/slack/held';

describe('an inspection in Slack', () => {
  it('is what Slack takes, in few messages, and mentions nobody, whatever tokens are called', () => {
    fc.assert(
      fc.property(hostileAclReport, fc.boolean(), (found, shared) => {
        const messages = renderAcl(found, { accessor: null, requestedBy: requester, shared });
        expect(messages.length).toBeGreaterThan(0);
        expect(messages.length).toBeLessThanOrEqual(4);
        for (const message of messages) expectMessage(message, messageRoom);
      }),
      { numRuns: 200 },
    );
  });

  const buttons = (shared: boolean): string[] =>
    renderAcl(aclReport(), { accessor: 'abcdef12', requestedBy: requester, shared }).flatMap(({ blocks }) =>
      blocks.flatMap((block) =>
        block.type === 'actions'
          ? block.elements.flatMap((element) => (element.type === 'button' ? (element.value ?? '') : []))
          : [],
      ),
    );

  it('carries what to share while it is private, and no button once it is shared', () => {
    expect(buttons(false).map(aclButtons.share.decode)).toEqual([
      { cluster: 'prod-east', accessor: 'abcdef12' },
    ]);
    expect(buttons(true)).toEqual([]);
  });

  it('keeps a value through its button, and takes no other', () => {
    fc.assert(
      fc.property(hostileText, fc.oneof(fc.constant(null), hostileText), (cluster, accessor) => {
        const value = aclButtons.share.encode({ cluster, accessor });
        if (value === undefined || cluster === '') return;
        expect(value).not.toMatch(/[&<>]/u);
        // JSON cannot hold a lone surrogate as such, and says so.
        expect(aclButtons.share.decode(value)).toEqual({ cluster, accessor });
      }),
    );
    for (const value of [undefined, '', '[]', '[2,"a",null]', '[1,"",null]', '[1,"a",7]', 'x'.repeat(3000)]) {
      expect(aclButtons.share.decode(value)).toBeUndefined();
    }
  });
});

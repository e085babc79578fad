import { aclActionIds, decodeAclAction } from './acl-button-values';
import { queueInspection } from './acl.command';
import { defineAction } from '../../slack/define';

/** Shows an inspection to everyone in the channel. Tokens are read again, since a private answer is not stored. */
export const shareAcl = defineAction()({
  id: aclActionIds.share,
  command: 'acl',
  decode: decodeAclAction,
  access: ({ cluster }) => [cluster],
  run: ({ value, ...context }) => queueInspection({ ...value, share: true }, context),
});

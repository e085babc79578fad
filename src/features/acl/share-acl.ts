import { aclButtons } from './acl-buttons';
import { queueInspection } from './acl.command';
import { defineAction } from '../../slack/define';

/** Shows an inspection to everyone in the channel. Tokens are read again, since a private answer is not stored. */
export const shareAcl = defineAction()({
  button: aclButtons.share,
  command: 'acl',
  access: ({ cluster }) => [cluster],
  run: ({ value, ...context }) => queueInspection({ ...value, share: true }, context),
});

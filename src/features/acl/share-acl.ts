import { aclActionIds, decodeAclAction } from './acl-button-values';
import { queueInspection } from './acl.command';
import { defineAction } from '../../slack/define';

/** Shows an inspection to everyone in the channel. It is read anew: what was told privately is kept nowhere. */
export const shareAcl = defineAction({
  id: aclActionIds.share,
  command: 'acl',
  decode: decodeAclAction,
  access: ({ cluster }) => [cluster],
  run: ({ cluster, accessor }, asked, tools) => queueInspection(cluster, accessor, true, asked, tools),
});

import type { AccessConfig } from '../../src/config/config';
import { renderFailure } from '../../src/render/slack/failure';
import type { Message } from '../../src/render/slack/limits';
import { defineModal } from '../../src/slack/define';
import { handleSubmission } from '../../src/slack/handle-submission';
import { actorOf, requestBy, configOf, fakeTools, noLimit } from './support';

const said: Message = { text: 'done with it', blocks: [] };

/** A modal as later commands have them: its metadata names the channel that it was opened from. */
const seen: string[] = [];
const view = defineModal()({
  callbackId: 'ask',
  command: 'token',
  decode: ({ private_metadata: text }) => {
    const [cluster, channel] = text.split(' ');
    return cluster && channel ? { cluster, channel } : undefined;
  },
  access: ({ cluster }) => [cluster],
  channel: ({ channel }) => channel,
  run: async ({ value: { cluster }, actor }) => {
    seen.push(`${cluster} in ${actor.channel}`);
    return cluster === 'silent' ? undefined : said;
  },
});

const granted: AccessConfig = {
  restrict: false,
  grants: [{ allow: ['token'], users: ['UMEMBER', 'UGUEST', 'USTRANGER'], channels: ['C1'] }],
};
const submit = async (metadata: string, user = 'UMEMBER', team = 'T1', known = false, access = granted) => {
  seen.length = 0;
  const { tools } = fakeTools({ config: configOf(access, ['prod-east', 'silent']) });
  const actor = { ...actorOf(user, team), channel: '' };
  if (known) await tools.authorizer.authorize(actor, { command: 'help', clusters: [] });
  const submitted = { callback_id: 'ask', private_metadata: metadata, state: { values: {} } };
  return handleSubmission(submitted, requestBy(actor), [view], tools, noLimit);
};

describe('handleView', () => {
  it('acts at once for somebody who is known, in the channel that the modal came from', async () => {
    expect(await submit('prod-east C1', 'UMEMBER', 'T1', true)).toEqual({ reply: said });
    expect(seen).toEqual(['prod-east in C1']);
    expect(await submit('silent C1', 'UMEMBER', 'T1', true)).toEqual({});
  });

  it('asks Slack after the acknowledgement who somebody is', async () => {
    const { reply, after } = await submit('prod-east C1');
    expect(reply).toBeUndefined();
    expect(seen).toEqual([]);
    expect(await after?.()).toEqual(said);
  });

  it.each([
    ['a guest', 'prod-east C1', 'UGUEST', 'T1'],
    ['a stranger', 'prod-east C1', 'USTRANGER', 'T2'],
    ['a stranger under the name of this team', 'prod-east C1', 'USTRANGER', 'T1'],
    ['somebody in a channel that has no grant', 'prod-east C2', 'UMEMBER', 'T1'],
  ])('refuses %s', async (_, metadata, user, team) => {
    const { reply, after } = await submit(metadata, user, team);
    const told = reply ?? (await after?.());
    expect([
      renderFailure({ kind: 'other-team' }).text,
      renderFailure({ kind: 'not-allowed', command: 'token', cluster: 'prod-east' }).text,
    ]).toContain(told?.text);
    expect(seen).toEqual([]);
  });

  it('takes no contents that are not its own', async () => {
    const everywhere: AccessConfig = { restrict: false, grants: [{ allow: ['token'], users: ['UMEMBER'] }] };
    const { reply } = await submit('forged', 'UMEMBER', 'T1', true, everywhere);
    expect(reply?.text).toBe(renderFailure({ kind: 'unexpected', requestId: 'request-1' }).text);
    expect(seen).toEqual([]);
  });
});

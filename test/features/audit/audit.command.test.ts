import type { AccessConfig } from '../../../src/config/config';
import { renderFailure } from '../../../src/render/slack/failure';
import { handleCommand } from '../../../src/slack/handle-command';
import { commands } from '../../../src/app/listeners';
import type { AuditEntry } from '../../../src/features/audit/audit-chain';
import { actorOf, requestBy, configOf, fakeTools, noLimit } from '../../slack/support';

const entry = (seq: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  seq,
  at: 1_795_400_000_000 + seq * 1000,
  action: 'request',
  requestId: `request-${seq}`,
  person: 'UANN',
  team: 'T1',
  cluster: 'prod-east',
  hash: null,
  detail: '',
  prev: '',
  mac: '',
  ...more,
});

const grant = (clusters?: readonly string[], more: object = { users: ['UMEMBER'] }): AccessConfig => ({
  restrict: false,
  grants: [{ allow: ['audit'], ...(clusters === undefined ? {} : { clusters }), ...more }],
});

/** The trail of these tests, newest first. */
const entries = [
  entry(4, { cluster: null, requestId: null, action: 'digest' }),
  entry(3, { cluster: 'prod-west' }),
  entry(2, { cluster: 'gone' }),
  entry(1),
];

const give = async (
  text: string,
  access: AccessConfig,
  newest: (max: number) => Promise<readonly AuditEntry[]> = async () => entries,
) => {
  const { tools } = fakeTools({ config: configOf(access), trail: { newest } });
  const { reply, after } = await handleCommand(text, requestBy(actorOf('UMEMBER')), commands, tools, noLimit);
  return reply ?? (await after?.());
};

/** The request ids of the answer, newest first. */
const told = async (...args: Parameters<typeof give>): Promise<readonly string[]> =>
  JSON.stringify((await give(...args))?.blocks).match(/request-\d+|digest/g) ?? [];

describe('/peering audit', () => {
  it('shows all to somebody who may audit all', async () => {
    expect(await told('audit', grant())).toEqual(['digest', 'request-3', 'request-2', 'request-1']);
    expect(await told('audit prod-east', grant())).toEqual(['request-1']);
  });

  it.each([
    ['to a person', { users: ['UMEMBER'] }],
    ['to a group', { usergroups: ['S1'] }],
  ])('shows only the clusters that are granted %s, and nothing that is about none', async (_, who) => {
    expect(await told('audit', grant(['prod-east'], who))).toEqual(['request-1']);
    expect(await told('audit', grant(['gone'], who))).toEqual(['request-2']);
  });

  it('joins what is granted to the person and to a group', async () => {
    const both = {
      ...grant(['prod-east']),
      grants: [...grant(['prod-east']).grants, ...grant(['prod-west'], { usergroups: ['S1'] }).grants],
    };
    expect(await told('audit', both)).toEqual(['request-3', 'request-1']);
  });

  it('refuses a cluster that is not granted', async () => {
    expect((await give('audit prod-west', grant(['prod-east'])))?.text).toBe(
      renderFailure({ kind: 'not-allowed', command: 'audit', cluster: 'prod-west' }).text,
    );
  });

  it('says that no trail is kept, or that Redis does not answer', async () => {
    const { tools } = fakeTools({ config: configOf(grant()) });
    const request = requestBy(actorOf('UMEMBER'));
    const { after } = await handleCommand('audit', request, commands, tools, noLimit);
    expect((await after?.())?.text).toBe(renderFailure({ kind: 'no-trail' }).text);
    const down = await give('audit', grant(), () => Promise.reject(new Error('away')));
    expect(down?.text).toBe(renderFailure({ kind: 'store-down', what: 'the audit trail' }).text);
  });

  it('shows times in the zone of the reader, and channels by name where the bot wrote them', async () => {
    const details = [
      'mesh-* until 2026-12-05T13:43:32.801Z: both run in C0REASON: here',
      'digest 5x82 in C0DIGEST: all, every day',
      'in C0CHANNEL, of UOWNER: removed',
      'in C0REASON too, 9999-99-99T99:99:99Z',
    ];
    const trail = details.map((detail, at) => entry(9 - at, { detail }));
    const text = JSON.stringify((await give('audit', grant(), async () => trail))?.blocks);
    expect(text.match(/<#\w+>/g)).toEqual(['<#C0DIGEST>', '<#C0CHANNEL>']);
    expect(text.match(/until <!date\^\d+\^/g)).toEqual(['until <!date^1796478212^']);
    expect(text).not.toMatch(/2026-12-05T/);
    expect(text).toContain('9999-99-99');
  });

  it('fits into a message whatever is noted down, and mentions nobody', async () => {
    const long = Array.from({ length: 1000 }, (_, index) =>
      entry(1000 - index, { detail: '<!channel> & *bold* '.repeat(500), cluster: `prod-${'x'.repeat(60)}` }),
    );
    const text = JSON.stringify((await give('audit', grant(), async () => long))?.blocks);
    expect(text).toContain('request-1000');
    expect(text).not.toContain('<!channel>');
    expect(text.length).toBeLessThan(10_000);
  });
});

import { transcript } from '../../../sandbox/demo/transcript';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await startWorkspace();
});
afterEach(() => workspace.stop());

const call = async (method: string, args: object): Promise<string> => {
  const response = await fetch(`${workspace.apiUrl}${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${workspace.botToken}` },
    body: JSON.stringify({ channel: channels.platform, ...args }),
  });
  const answer = (await response.json()) as { ok: boolean; ts?: string };
  expect(answer.ok).toBe(true);
  return answer.ts ?? '';
};
const text = (user: string = people.requester.id): string => transcript(workspace, channels.platform, user);
const section = (said: string) => ({ type: 'section', text: { type: 'mrkdwn', text: said } });
const plain = (said: string) => ({ type: 'plain_text', text: said });

it('shows markup as people read it', async () => {
  await call('chat.postMessage', {
    blocks: [
      section(
        `*bold* and _italic_ for <@${people.lead.id}>, see <https://example.com|the page> &lt;b&gt; \`a_b_c\` snake_case_name`,
      ),
    ],
  });
  expect(text()).toBe(
    'Peering\n  bold and italic for @Noa Lindqvist, see the page (https://example.com) <b> `a_b_c` snake_case_name',
  );
});

it('shows buttons, tables, snippets and files of threads beneath their message', async () => {
  const thread_ts = await call('chat.postMessage', {
    blocks: [
      section('verdict'),
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'a', text: plain('Run again') },
          { type: 'button', action_id: 'b', text: plain('Details') },
        ],
      },
    ],
  });
  await call('chat.postMessage', {
    thread_ts,
    blocks: [
      { type: 'container', title: plain('open'), child_blocks: [section('```kind = "x"\n  y```')] },
      {
        type: 'container',
        title: plain('closed'),
        is_collapsible: true,
        default_collapsed: true,
        child_blocks: [section('hidden')],
      },
      {
        type: 'table',
        rows: [
          [
            { type: 'raw_text', text: 'cluster' },
            { type: 'raw_text', text: 'state' },
          ],
          [
            { type: 'raw_text', text: 'a' },
            { type: 'raw_number', value: 7, text: '7' },
          ],
        ],
      },
    ],
  });
  const lines = text().split('\n');
  expect(lines.slice(0, 4)).toEqual(['Peering', '  verdict', '  [Run again] [Details]', '']);
  expect(lines).toContain('  │         kind = "x"');
  expect(lines).toContain('  │           y');
  expect(lines).toContain('  │   ▸ closed');
  expect(lines).toContain('  │   cluster  state');
  expect(lines).toContain('  │   a        7');
  expect(text()).not.toContain('hidden');
});

it('shows a person only what that person sees', async () => {
  await call('chat.postEphemeral', { user: people.approver.id, text: 'for you' });
  expect(text(people.requester.id)).toBe('');
  expect(text(people.approver.id)).toBe('Peering (only visible to you)\n  for you');
});

import { decodeAssistantThread } from '../../src/slack/assistant-thread';
import { decodeDirectMessage, decodeMention } from '../../src/slack/mention';

const event = {
  type: 'app_mention',
  user: 'U1',
  team: 'T1',
  channel: 'C1',
  text: '<@UBOT> check prod-east',
  ts: '1.1',
};

describe('a mention', () => {
  it.each([
    ['at the start', '<@UBOT> check prod-east', 'check prod-east'],
    ['in a sentence', 'hey <@UBOT>  check prod-east', 'check prod-east'],
    ['with a name', '<@UBOT|peering-bot> check prod-east', 'check prod-east'],
    ['of others too', '<@U2> <@UBOT> check prod-east', 'check prod-east'],
    ['over lines', '<@UBOT>\ncheck\nprod-east', 'check\nprod-east'],
    ['without words', '<@UBOT>', ''],
    ['with a comma', 'hey <@UBOT>, check prod-east', 'check prod-east'],
    ['with a colon', '<@UBOT>: check prod-east', 'check prod-east'],
    ['that is repeated', '<@UBOT> <@UBOT|peering-bot>, check prod-east', 'check prod-east'],
    ['with the slash command', '<@UBOT> /peering check prod-east', 'check prod-east'],
    ['with a command pasted as code', '<@UBOT> `/peering check prod-east`', 'check prod-east'],
    ['with a code block', '<@UBOT>\n```check prod-east```', 'check prod-east'],
    ['with a word pasted as code', '<@UBOT> explain `peering-active`', 'explain  peering-active'],
    ['of a command that begins alike', '<@UBOT> /peeringx', '/peeringx'],
    ['at the end of a sentence', 'can you check prod-east <@UBOT>', 'check prod-east'],
    ['at the end of a question', 'Hey <@U2>, could you check prod-east, please? <@UBOT>', 'check prod-east'],
    ['before a question mark', 'check prod-east <@UBOT|peering-bot>?', 'check prod-east'],
    ['before thanks', 'trace prod-east web api <@UBOT>, thanks!', 'trace prod-east web api'],
    ['after a comma', 'check prod-east, <@UBOT>', 'check prod-east'],
    ['after a glob and a comma', 'check prod-?, <@UBOT>', 'check prod-?'],
    ['at the end of a line', 'calls to prod-east fail\nplease check prod-east <@UBOT>', 'check prod-east'],
    ['at the end of lines', 'please\ncheck prod-east <@UBOT>', 'check prod-east'],
    ['on a line of its own', '`/peering check prod-east`\n<@UBOT>', 'check prod-east'],
    ['before polite words', '<@UBOT> can you please check prod-east? Thank you!', 'check prod-east'],
    ['in the middle of a question', 'can <@UBOT> check prod-east', 'check prod-east'],
    ['that is asked', 'could you ask <@UBOT> to check prod-east please', 'check prod-east'],
    ['with a glob', '<@UBOT> check prod-eas?', 'check prod-eas?'],
    ['after a glob', 'check prod-eas? <@UBOT>', 'check prod-eas?'],
    ['with other words', '<@UBOT> please chekc prod-east', 'please chekc prod-east'],
    ['of no command', 'I would not disconnect prod-east prod-west <@UBOT>', ''],
    ['of a word that begins alike', 'please checkout prod-east <@UBOT>', ''],
    ['of a sentence about one', 'do not check prod-east <@UBOT>', ''],
    ['with a reason', '<@UBOT> mute prod-east x for 7d "no thanks"', 'mute prod-east x for 7d "no thanks"'],
    ['with thanks alone', 'we check prod-east <@UBOT> thanks', ''],
    ['with code in a sentence', 'could you `/peering check prod-east`? <@UBOT>', 'check prod-east'],
  ])('%s is a command', (_, text, command) => {
    expect(decodeMention({ ...event, text }, 'UBOT')).toEqual({
      user: 'U1',
      team: 'T1',
      channel: 'C1',
      thread: undefined,
      command,
    });
  });

  it('with more polite words than a sentence has is read all the same', () => {
    const text = `check prod-east ${'pls '.repeat(9_000)}<@UBOT>`;
    expect(decodeMention({ ...event, text }, 'UBOT')?.command).toMatch(/^check prod-east pls/);
  });

  it('knows its thread, and the workspace of its author in a shared channel', () => {
    const found = decodeMention({ ...event, thread_ts: '0.9', user_team: 'TOTHER' }, 'UBOT');
    expect([found?.thread, found?.team]).toEqual(['0.9', 'TOTHER']);
  });

  it('with files is answered in its thread, which it opens if it is in none', () => {
    const files = [
      { id: 'F1', name: 'exports.hcl', url_private: 'https://elsewhere.example/F1' },
      { id: 'F2', file_access: 'check_file_info' },
      { id: '../F3', name: 'x.hcl' },
    ];
    const found = decodeMention({ ...event, files }, 'UBOT');
    expect([found?.thread, found?.files]).toEqual(['1.1', [{ id: 'F1', name: 'exports.hcl' }]]);
    expect(decodeMention({ ...event, files, thread_ts: '0.9' }, 'UBOT')?.thread).toBe('0.9');
  });

  it.each([
    ['by a bot', { bot_id: 'B1' }],
    ['by a reminder', { user: 'USLACKBOT' }],
    ['by itself', { user: 'UBOT' }],
    ['that was edited', { edited: { user: 'U1', ts: '2' } }],
    ['of someone else', { text: '<@U2> check prod-east' }],
    ['without an author', { user: undefined }],
  ])('%s asks for nothing', (_, change) => {
    expect(decodeMention({ ...event, ...change }, 'UBOT')).toBeUndefined();
  });
});

describe('a message to the bot', () => {
  const message = { ...event, type: 'message', channel_type: 'im', channel: 'D1', text: 'check prod-east' };
  const thread_ts = '0.9';

  it.each([
    ['in a thread', { thread_ts }, 'check prod-east', '0.9'],
    ['outside of threads', {}, 'check prod-east', '1.1'],
    ['that mentions the bot', { thread_ts, text: '<@UBOT> help' }, 'help', '0.9'],
    ['in a sentence', { thread_ts, text: 'Can you check prod-east?' }, 'check prod-east', '0.9'],
    ['as in a channel', { thread_ts, text: '`/peering help`' }, 'help', '0.9'],
    ['with files', { thread_ts, subtype: 'file_share' }, 'check prod-east', '0.9'],
  ])('%s is a command', (_, change, command, thread) => {
    const found = decodeDirectMessage({ ...message, ...change }, 'UBOT');
    expect(found).toEqual({ user: 'U1', team: 'T1', channel: 'D1', thread, command });
  });

  it.each([
    ['by a bot', { bot_id: 'B1' }],
    ['by another app for a person', { app_id: 'A1' }],
    ['by a reminder', { user: 'USLACKBOT' }],
    ['by itself', { user: 'UBOT' }],
    ['that was edited', { edited: { user: 'U1', ts: '2' } }],
    ['about an edit', { subtype: 'message_changed', hidden: true }],
    ['about a deleted one', { hidden: true }],
    ['sent to the channel too', { subtype: 'thread_broadcast' }],
    ['in a channel', { channel: 'C1', channel_type: 'channel' }],
    ['in a channel that claims to be direct', { channel: 'C1' }],
    ['without text', { text: undefined }],
  ])('%s asks for nothing', (_, change) => {
    expect(decodeDirectMessage({ ...message, thread_ts, ...change }, 'UBOT')).toBeUndefined();
  });
});

describe('a thread of the assistant view', () => {
  const thread = { user_id: 'U1', channel_id: 'D1', thread_ts: '1.1', context: { channel_id: 'C1' } };
  const decode = (over: object) => decodeAssistantThread({ assistant_thread: { ...thread, ...over } });

  it('says who opened it, and beside which channel', () => {
    expect(decode({})).toEqual({ user: 'U1', channel: 'D1', thread: '1.1', viewed: 'C1' });
    expect(decode({ context: {} })?.viewed).toBeUndefined();
    expect(decode({ context: 'C1' })?.viewed).toBeUndefined();
  });

  it.each([
    ['in a channel', { channel_id: 'C1' }],
    ['without a person', { user_id: undefined }],
    ['with another timestamp', { thread_ts: '1.1>' }],
  ])('%s is none', (_, change) => expect(decode(change)).toBeUndefined());
});
